import type { AppSite } from '../app/app-site.ts';
import type { Clock } from '../clock.ts';
import { withinDeadline } from '../deadline.ts';
import type { CcError } from '../errors.ts';
import type { AppObservation } from '../platform/platform.ts';

/** One step of an operation, with all that the operation says of it. */
export interface StepRun<Outcome> {
  /** What the step acts on. Its signal is the step's own while that is done: it trips at the deadline too. */
  site: AppSite;
  clock: Clock;
  /** Until the deadline of the step. */
  remainingMs: number;
  /** What passes when that is over. */
  late(): CcError;
  /** At most one external act. */
  perform(): Promise<Outcome>;
  /** The failure that a fault of the step is; undefined: it says nothing of what the step is for. */
  failureOf(fault: unknown): Outcome | undefined;
  /** True where the outcome claims something of the app that is deployed. */
  claims(outcome: Outcome): boolean;
  /** The app that has been deployed on the site; undefined: none has. @throws CcError as `Platform.observe`. */
  look(): Promise<AppObservation | undefined>;
  /** The failure of a step on an app that is not what was deployed any more; `seen`: what came of it first. */
  changed(change: string, seen: { outcome: Outcome } | { fault: unknown }): Outcome;
  /** The outcome beside an app that nobody else has changed. */
  beside(outcome: Outcome, app: AppObservation): Outcome;
}

/** How a step went; a fault is the ground's: it says nothing of what is done. */
export type StepResult<Outcome> = { outcome: Outcome } | { fault: unknown };

/**
 * Performs one step within its time. A fault that somebody else's change explains is told as that change, and a success
 * counts only on the app that was deployed: another one says nothing.
 * @throws what the step throws once the signal of the site has tripped; CcError as `look`.
 */
export async function runStep<Outcome>(run: StepRun<Outcome>): Promise<StepResult<Outcome>> {
  let outcome: Outcome;
  try {
    outcome = await inItsTime(run);
  } catch (fault) {
    if (run.site.signal.aborted) throw fault;
    const failure = run.failureOf(fault) ?? (await madeByOthers(run, fault));
    return failure === undefined ? { fault } : { outcome: failure };
  }
  if (!run.claims(outcome)) return { outcome };
  const app = await run.look();
  if (app === undefined) return { outcome };
  const change = changeOf(app);
  return { outcome: change === undefined ? run.beside(outcome, app) : run.changed(change, { outcome }) };
}

async function inItsTime<Outcome>({ site, clock, remainingMs, late, perform }: StepRun<Outcome>): Promise<Outcome> {
  const { signal } = site;
  try {
    return await withinDeadline({ clock, signal, deadlineMs: remainingMs, late }, (bounded) => {
      site.signal = bounded;
      return perform();
    });
  } finally {
    site.signal = signal;
  }
}

/** A look that fails as well explains nothing. */
async function madeByOthers<Outcome>(run: StepRun<Outcome>, fault: unknown): Promise<Outcome | undefined> {
  const app = await run.look().catch((again: unknown) => {
    if (run.site.signal.aborted) throw again;
    return undefined;
  });
  const change = app && changeOf(app);
  return change === undefined ? undefined : run.changed(change, { fault });
}

/** What somebody else did to an app that we deployed, that it is gone included; undefined: nothing. Pure. */
export function changeOf({
  changedByOthers,
  deployed,
}: Pick<AppObservation, 'changedByOthers' | 'deployed'>): string | undefined {
  return changedByOthers ?? (deployed ? undefined : 'the app is gone');
}
