import { type PlanChange, planChanges } from '../app/plan-changes.ts';
import type { Finding } from './finding.ts';
import { type Bump, judge, type Verdict } from './judge.ts';
import type { ReleaseNote } from './release-note.ts';
import type { Side } from './side.ts';

/** What the gate saw of one step, as data that can be kept and shown; no value of env or secrets is in it. */
export interface StepReport {
  from: { version: string; commit: string };
  to: { version: string; commit: string };
  verdict: Verdict;
  /** Empty as well where one end could not be planned: the findings say so. */
  changes: readonly PlanChange[];
  /** New entries of `.env.sample`, by name, that the app's env does not have: nobody needs them, somebody may want them. */
  newKeys: readonly string[];
  notes: readonly ReleaseNote[];
}

const MOST = 500;

/** {@link judge}, with all that a person wants to see of the step. Pure. */
export function reportStep(from: Side, to: Side, notes: readonly ReleaseNote[], maxBump: Bump): StepReport {
  const verdict = judge(from, to, notes, maxBump);
  const changes = from.plan === undefined || to.plan === undefined ? [] : planChanges(from.plan, to.plan);
  const env = to.plan?.env ?? {};
  const added = Object.keys(to.tree.sample).filter((key) => !Object.hasOwn(from.tree.sample, key));
  return {
    from: { version: from.version, commit: from.commit },
    to: { version: to.version, commit: to.commit },
    verdict,
    changes: changes.slice(0, MOST),
    newKeys: added.filter((key) => !Object.hasOwn(env, key)).slice(0, MOST),
    notes,
  };
}

/** Findings as one line each, for alerts, conditions and events. Pure. */
export function findingLines({ findings }: { findings: readonly Finding[] }): string[] {
  return findings.map(({ code, subject, detail }) => `${code} ${subject}: ${detail}`);
}
