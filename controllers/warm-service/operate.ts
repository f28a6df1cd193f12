import { overMessage } from '../../lib/deadline.ts';
import { CcError, explainError, hasCode, isSystemFault } from '../../lib/errors.ts';
import { translateNoSpace } from '../../lib/fs/no-space.ts';
import type { NextStep } from '../../lib/operation/operation.ts';
import { runStep, type StepResult } from '../../lib/operation/run-step.ts';
import { type Outcome, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { endOperation, followFailure } from './end.ts';
import { WARM_FAILURES, type WarmBackStep, type WarmFailure, type WarmStep } from './operations.ts';
import { again, next as goOn, operationOf, type WarmOutcome, type WarmServicePass, type WarmSite } from './site.ts';
import { deployAgain, isToDeployAgain } from './steps/changed.ts';
import { collect, commit } from './steps/commit.ts';
import { keepFailed, restore, setAside, setBegunAside, snapshot } from './steps/data.ts';
import { awaitHealth, deploy, preflight, takeAppDown } from './steps/deploy.ts';
import { saveWarmEvidence } from './steps/evidence.ts';
import { openSite } from './steps/time.ts';

type Next = NextStep<WarmStep, WarmBackStep, WarmFailure>;

const STEPS: Readonly<Record<WarmStep, (site: WarmSite) => Promise<WarmOutcome>>> = {
  Preflight: preflight,
  TakeDown: takeAppDown,
  Snapshot: snapshot,
  SetAside: setAside,
  Restore: restore,
  Deploy: deploy,
  AwaitHealth: awaitHealth,
  Commit: commit,
  KeepFailed: keepFailed,
  Collect: collect,
};

/** After these the app still has to be the one that was deployed. */
const ON_APP: readonly WarmStep[] = ['AwaitHealth'];

/** Faults that what nothing depends on may meet before it is left out. */
const LEFT_OUT_AFTER = 5;

/** Performs what the plan chose of the operation in flight, and journals what came of it. */
export async function operate(run: WarmServicePass, act: Next): Promise<Outcome> {
  if (act.next === 'Over') return await endOperation(run, act.outcome === 'Done' ? 'Done' : 'Failed');
  const site = await openSite(run, act);
  const result = await perform(run, site, act);
  if ('fault' in result) return await afterFault(run, site, { act, fault: result.fault });
  const { outcome } = result;
  if (outcome.kind === 'Wait') {
    const waitingFor = site.mask.text(outcome.waitingFor);
    run.noteWaiting(waitingFor);
    return requeueAfter(outcome.afterMs, waitingFor);
  }
  run.noteWaiting(undefined);
  if (outcome.kind === 'Fail' && mayBeLeftOut(run, act))
    return await afterFault(run, site, { act, fault: new CcError('Internal', outcome.message) });
  if (outcome.kind === 'Fail' && act.next === 'Step' && isToDeployAgain(site, outcome))
    return await deployAgain(run, site, outcome);
  note(site, act, outcome);
  await run.save();
  return again(act.next === 'Step' || act.next === 'Undo' ? act.step : act.next);
}

async function perform(run: WarmServicePass, site: WarmSite, act: Next): Promise<StepResult<WarmOutcome>> {
  const { services } = run;
  const onApp = act.next === 'Step' && ON_APP.includes(act.step);
  return await runStep<WarmOutcome>({
    site,
    clock: services.clock,
    remainingMs: site.remainingMs,
    late: () => new CcError('DeadlineExceeded', overMessage(`the deadline of ${nameOf(act)} is over`, run.waitedFor)),
    perform: () => performNow(run, site, act),
    failureOf: (fault) => (act.next === 'Step' ? failureOf(fault) : undefined),
    claims: ({ kind }) => onApp && kind === 'Next',
    look: async () => (onApp ? await services.platform.observe({ domain: site.domain }, site.signal) : undefined),
    changed: (change, seen) => ({ kind: 'Fail', reason: 'ChangedByOthers', message: changeMessage(change, seen) }),
    beside: (outcome) => outcome,
  });
}

/** Past the point of no return nothing changes what came of it, and evidence is only for people to read. */
function mayBeLeftOut({ view }: WarmServicePass, act: Next): boolean {
  if (act.next === 'Undo') return act.step === 'SaveEvidence';
  return act.next === 'Step' && view.facts.reached === 'Committed';
}

function nameOf(act: Next): string {
  return act.next === 'Step' || act.next === 'Undo' ? act.step : act.next;
}

function changeMessage(change: string, seen: { outcome: WarmOutcome } | { fault: unknown }): string {
  return 'fault' in seen ? `${change}; seen first: ${explainError(seen.fault)}` : change;
}

/** Faults of engine, registry and machine say nothing of the version: they are tried again. */
function failureOf(thrown: unknown): WarmOutcome | undefined {
  const fault = translateNoSpace(thrown, 'a step of an operation');
  if (isSystemFault(fault) || hasCode(fault, 'Unreachable', 'Conflict', 'NoSpace')) return undefined;
  const reason = hasCode(fault, 'DeadlineExceeded') ? 'DeadlineExceeded' : 'Failed';
  return { kind: 'Fail', reason, message: explainError(fault) };
}

async function performNow(run: WarmServicePass, site: WarmSite, act: Next): Promise<WarmOutcome> {
  const { operation, services } = site;
  switch (act.next) {
    case 'Step':
      return await STEPS[act.step](site);
    case 'BeginAgain':
      // Every step is resumed where it was.
      delete operation.stoppedGracefully;
      operation.steps = { ...operation.steps, process: services.session, begun: act.begun };
      operation.stepStartedMs = services.clock.monotonicMs();
      return goOn;
    case 'Fail': {
      const { fault, steps } = operation;
      if (act.reason === 'CrashBudget')
        return { kind: 'Fail', reason: act.reason, message: `the controller died ${steps.begun} times in it` };
      const over = overMessage(`the time of ${act.step ?? 'a step'} is over`, run.waitedFor);
      const message = act.reason === 'DeadlineExceeded' ? over : '';
      const said = [message, fault?.message ?? ''].filter((part) => part !== '').join(': ');
      return { kind: 'Fail', reason: act.reason, message: said };
    }
    case 'Undo':
      return await undo(run, site, act.step);
    case 'AcquireLease':
    case 'Begin':
    case 'SkipAndRelease':
    case 'Over':
      throw new CcError('Internal', `an operation of a warm service has no ${act.next}`);
  }
}

async function undo(run: WarmServicePass, site: WarmSite, step: WarmBackStep): Promise<WarmOutcome> {
  switch (step) {
    case 'SaveEvidence':
      await saveWarmEvidence(site);
      return goOn;
    case 'TakeDown':
      return await takeAppDown(site);
    case 'SetAside':
      return await setBegunAside(site);
    case 'Close':
      await followFailure(run, site);
      return goOn;
  }
}

/** Into the draft: what is done, what is undone, or why it goes no further. */
function note({ operation, services, mask, view }: WarmSite, act: Next, outcome: WarmOutcome): void {
  // What follows a failure may be another operation by now.
  if (view.journal.operation !== operation) return;
  const { steps } = operation;
  if (outcome.kind === 'Fail') {
    const failure = WARM_FAILURES.find((one) => one === outcome.reason) ?? 'Failed';
    operation.steps = { ...steps, failure };
    operation.failure ??= { reason: outcome.reason, message: mask.text(outcome.message) };
    // What is left of faults of the ground says that they were the failure.
    if (act.next === 'Step' || failure === 'CrashBudget') delete operation.fault;
    return;
  }
  if (act.next === 'Step') operation.steps = { ...steps, done: [...steps.done, act.step] };
  if (operation.steps.done.includes('Preflight')) delete view.journal.postponed;
  if (act.next === 'Undo') operation.steps = { ...steps, undone: [...steps.undone, act.step] };
  operation.stepStartedMs = services.clock.monotonicMs();
  delete operation.fault;
}

/** A fault of the ground says nothing of the version: tried again, as often as the plan lets it. */
async function afterFault(
  run: WarmServicePass,
  site: WarmSite,
  { act, fault }: { act: Next; fault: unknown },
): Promise<Outcome> {
  const { services, view } = run;
  const message = site.mask.text(explainError(fault));
  const operation = operationOf(view);
  const count = (operation.fault?.count ?? 0) + 1;
  operation.fault = { count, message };
  if (count >= LEFT_OUT_AFTER && mayBeLeftOut(run, act)) return await leaveOut(run, site, act);
  await run.save();
  services.log.warn('a step of an operation failed', { service: view.object.name, step: nameOf(act), error: message });
  if (count === 1) await services.store.event(view.object, { type: 'Warning', reason: 'OperationRetrying', message });
  return requeueAfter(1_000 * 2 ** Math.min(count - 1, 5), message);
}

async function leaveOut(run: WarmServicePass, site: WarmSite, act: Next): Promise<Outcome> {
  const { services, view } = run;
  const message = `${nameOf(act)} is left out: ${operationOf(view).fault?.message ?? ''}`;
  note(site, act, goOn);
  await run.save();
  await services.store.event(view.object, { type: 'Warning', reason: 'StepLeftOut', message });
  return again(nameOf(act));
}
