import { fetchRecipe, requireSource, sourceOf } from '../../lib/app/recipe-source.ts';
import { toTime } from '../../lib/clock.ts';
import type { ApprovalState } from '../../lib/gate/choose-target.ts';
import { writeJudged } from '../../lib/known-good/judged-file.ts';
import type { ReleasedRevision } from '../../lib/known-good/last-good.ts';
import type { Outcome } from '../../lib/runtime/reconciler.ts';
import { chooseFirst, chooseNext } from './choose.ts';
import type { Edit, Newest, OperationRecord } from './journal.ts';
import type { WarmServiceAction } from './plan.ts';
import { again, mirrorOf, newOperationId, settingsInForce, type WarmServicePass } from './site.ts';
import { noteHistory } from './steps/commit.ts';
import { alertObject, tell } from './tell.ts';

/**
 * Fetches, and journals what is to run and what waits for a person. A failed fetch is an error, never "no release", and
 * never a last one where something runs: an app is looked at and repaired wherever its recipe is.
 */
export async function findVersions(run: WarmServicePass): Promise<Outcome> {
  const { services, view, pass, save } = run;
  const { journal, facts, lastGood } = view;
  const { recipe, source: own } = view.spec.app;
  const nameSource = lastGood === undefined ? requireSource : sourceOf;
  const source = nameSource(recipe, own, services.settings.recipeSource);
  const mirror = mirrorOf({ services, view }, source);
  pass.leavePool();
  await (lastGood === undefined ? fetchRecipe(mirror, pass.signal) : mirror.fetch(pass.signal));
  const listing = await mirror.versions(pass.signal);
  const { reports, ...found } =
    lastGood === undefined ? chooseFirst(run, listing, source) : await chooseNext(run, { mirror, listing, lastGood });
  // For `ccctl diff`: made anew with each look.
  await writeJudged(view.directory, reports);
  const atRunningMs = services.store.runningMs();
  const before = journal.newest?.held;
  const judged = journal.newest?.edit?.digest;
  journal.newest = { ...found, atRunningMs, session: services.session, digest: facts.choiceDigest };
  if (found.held && found.held.commit !== before?.commit) await tellHeld(run, found.held);
  if (found.edit?.state === 'Held' && found.edit.digest !== judged) await tellEditHeld(run, found.edit);
  if (found.approval !== undefined && found.approval !== 'Stands') await voidApproval(run, found.approval);
  await save();
  return again('FindVersions');
}

/** A person who asks for a look is not told once more what the last entry of that version says. */
async function tellHeld({ services, view }: WarmServicePass, held: NonNullable<Newest['held']>): Promise<void> {
  const { version, commit, reasons, rules = [] } = held;
  const message = `${version} waits for ccctl approve: ${reasons.join('; ')}`;
  const known = view.journal.history.find((one) => one.version === version && one.commit === commit);
  if (known?.result !== 'Held') {
    const time = toTime(services.clock.now());
    noteHistory(view.journal, { version, commit, result: 'Held', time, message: rules.join(', ') });
    await services.store.event(view.object, { type: 'Warning', reason: 'Held', message });
  }
  await tell({ services, view }, 'UpgradeHeld', {
    id: `held-${view.object.uid.slice(0, 8)}-${commit.slice(0, 12)}`,
    message,
  });
}

async function tellEditHeld({ services, view }: WarmServicePass, { digest, reasons }: Edit): Promise<void> {
  const version = view.lastGood?.version ?? '';
  const message = `the edit of the spec waits for ccctl approve ws/${view.object.name} ${version}: ${reasons.join('; ')}`;
  await services.store.event(view.object, { type: 'Warning', reason: 'Held', message });
  const id = `held-${view.object.uid.slice(0, 8)}-${digest.slice(-12)}`;
  await tell({ services, view }, 'UpgradeHeld', { id, message });
}

/** One that let its version through, or can no more, is over. */
async function voidApproval({ services, view }: WarmServicePass, why: ApprovalState): Promise<void> {
  const { approved } = view.journal;
  delete view.journal.approved;
  if (approved === undefined || why === 'NotNewer') return;
  const message = `the approval of ${approved.version} at ${approved.commit.slice(0, 10)} is void: ${why}`;
  await services.store.event(view.object, { type: 'Warning', reason: 'ApprovalVoided', message });
  const id = `void-${view.object.uid.slice(0, 8)}-${approved.commit.slice(0, 12)}`;
  await tell({ services, view }, 'ApprovalVoided', { id, message });
}

/** Journals from when on the upgrade waits for runs that use the service. */
export async function noteWait({ services, view, save }: WarmServicePass, to: ReleasedRevision): Promise<Outcome> {
  const { journal, object, facts } = view;
  journal.waits = { commit: to.commit, sinceRunningMs: facts.runningMs };
  await save();
  const message = `${to.version} waits for ${facts.inUse.map(({ run }) => `run/${run}`).join(', ')}`;
  await services.store.event(object, { type: 'Normal', reason: 'InUse', message });
  return again('InUse');
}

/** Journals the intent; the first step follows. */
export async function begin(
  { services, view, save }: WarmServicePass,
  action: WarmServiceAction & { type: 'Begin' | 'Repair' },
): Promise<Outcome> {
  const { journal, lastGood, object } = view;
  const { type, to } = action;
  const users = services.leases.of(object.name).map(({ run }) => `run/${run}`);
  // A run that came since the facts were read was told yes.
  if (type === 'Begin' && users.length > 0 && view.facts.inUse.length === 0) return again('InUse');
  services.leases.noteChanging(object.name, 'Changing');
  const id = newOperationId();
  if (type === 'Repair') {
    const repair = { id, object: alertObject(object), message: action.what };
    if ((await services.alerts.repairing(repair)) === 'LeaveAlone') {
      journal.leftAlone = view.facts.specDigest;
      await save();
      return again('Flapping');
    }
  }
  const operation: OperationRecord = {
    type: type === 'Repair' ? 'Recover' : action.operation,
    id,
    ...(lastGood === undefined
      ? {}
      : { from: { version: lastGood.version, commit: lastGood.commit, source: lastGood.source } }),
    to,
    settings: settingsInForce(view.spec, journal),
    steps: { operation: id, process: services.session, begun: 1, done: [], undone: [] },
    startTime: toTime(services.clock.now()),
    stepStartedMs: services.clock.monotonicMs(),
    appliedMs: 0,
    up: false,
  };
  journal.operation = operation;
  delete journal.waits;
  if (type === 'Repair') journal.repairs = [...journal.repairs, services.store.runningMs()].slice(-10);
  await save();
  const message = type === 'Repair' ? `${action.what}: ${to.version} is deployed again` : `to ${to.version}`;
  const reason = type === 'Repair' ? 'Drifted' : (`${action.operation}Started` as const);
  await services.store.event(object, { type: type === 'Repair' ? 'Warning' : 'Normal', reason, message });
  if (users.length > 0) {
    const told = `${operation.type} begins although ${users.join(', ')} use it`;
    await services.store.event(object, { type: 'Warning', reason: 'ChangedInUse', message: told });
  }
  return again(operation.type);
}
