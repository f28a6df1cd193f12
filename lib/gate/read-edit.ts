import { join } from 'node:path';
import type { AppSettings, HomePlanOptions } from '../app/app-plan.ts';
import { CcError } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { RecipeMirror } from '../recipe/mirror.ts';
import type { Finding } from './finding.ts';
import type { Bump, Verdict } from './judge.ts';
import { orFault, readSide, type Side, unreadableSide } from './side.ts';
import { reportStep, type StepReport } from './step-report.ts';

export interface ReadEditOptions extends Pick<HomePlanOptions, 'home'> {
  mirror: Pick<RecipeMirror, 'checkout'>;
  /** What runs, and goes on running. */
  revision: { version: string; commit: string };
  /** With what it was deployed. */
  before: AppSettings;
  /** With what it is to be deployed. */
  after: AppSettings;
  maxBump: Bump;
  /** A directory of our own, which nobody else uses meanwhile; it is gone afterwards, also when this fails. */
  scratch: string;
}

/**
 * What the gate says of an edit of the spec: the same revision, deployed with other env, compose files or secrets. Only
 * what the edit changes counts, not what may be said of the revision anyway. Changes nothing but `scratch`; idempotent.
 * @throws CcError as `readSide` and {@link RecipeMirror.checkout}: nothing was concluded.
 */
export async function reportEdit(options: ReadEditOptions, signal: AbortSignal): Promise<StepReport> {
  const { mirror, revision, before, after, home, maxBump } = options;
  const { commit, version } = revision;
  const directory = join(options.scratch, 'edit');
  const side = (app: AppSettings): Promise<Side> => readSide(version, { home, app, revision: { commit, directory } });
  try {
    const fault = await orFault(mirror.checkout(commit, directory, signal));
    const missing = fault instanceof CcError ? unreadableSide(revision, fault) : undefined;
    const [from, to] = [missing ?? (await side(before)), missing ?? (await side(after))];
    const known = reportStep(from, from, [], maxBump).verdict.findings;
    const report = reportStep(from, to, [], maxBump);
    return { ...report, verdict: verdictWithout(known, report.verdict.findings) };
  } finally {
    await removeTree(options.scratch);
  }
}

function verdictWithout(known: readonly Finding[], findings: readonly Finding[]): Verdict {
  const texts = new Set(known.map((one) => JSON.stringify(one)));
  const [first, ...others] = findings.filter((one) => !texts.has(JSON.stringify(one)));
  return first === undefined ? { result: 'Allowed', findings: [] } : { result: 'Held', findings: [first, ...others] };
}
