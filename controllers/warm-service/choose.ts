import { join } from 'node:path';
import { type Choice, chooseTarget } from '../../lib/gate/choose-target.ts';
import type { Finding } from '../../lib/gate/finding.ts';
import { judge, type Verdict } from '../../lib/gate/judge.ts';
import { keptReads } from '../../lib/gate/kept-reads.ts';
import { reportEdit } from '../../lib/gate/read-edit.ts';
import { readStep } from '../../lib/gate/read-step.ts';
import { findingLines, reportStep, type StepReport } from '../../lib/gate/step-report.ts';
import type { LastGood } from '../../lib/known-good/last-good.ts';
import type { RecipeMirror } from '../../lib/recipe/mirror.ts';
import { compareVersions, parseVersion, type VersionListing, type VersionTag } from '../../lib/recipe/version.ts';
import type { Edit, Newest } from './journal.ts';
import { editOf, settingsInForce, settingsOf, type WarmServicePass } from './site.ts';

/** What is found of the releases, and what the gate saw of the step to each that it was asked about. */
export type Found = Pick<Newest, 'latest' | 'target' | 'held' | 'stays' | 'approval' | 'edit'> & {
  reports: readonly StepReport[];
};

/** What a first deploy takes: the newest release that has not failed and is not older than its data, or the pinned one. Pure. */
export function chooseFirst({ view, services }: WarmServicePass, { versions }: VersionListing, source: string): Found {
  const { version: pin } = view.spec.update;
  const runningMs = services.store.runningMs();
  const hasFailed = ({ tag, commit }: VersionTag): boolean =>
    view.journal.quarantine.some(
      (one) => one.version === tag && one.commit === commit && one.untilRunningMs > runningMs,
    );
  const released = versions.filter(({ tag, recipe }) => tag === pin || (pin === undefined && !recipe.includes('-')));
  const begun = parseVersion(view.journal.begun ?? '');
  // A pin is a person's word.
  const isOlder = (tag: VersionTag): boolean =>
    pin === undefined && begun !== undefined && compareVersions(tag, begun) < 0;
  const target = released.find((tag) => !hasFailed(tag) && !isOlder(tag));
  const of = ({ tag, commit }: VersionTag) => ({ version: tag, commit, source });
  const [latest] = versions;
  const isPinGone = pin !== undefined && released.length === 0;
  return {
    reports: [],
    ...(latest ? { latest: of(latest) } : {}),
    ...(target ? { target: of(target) } : {}),
    ...(isPinGone ? { stays: 'PinGone' } : {}),
  };
}

export interface ChooseOptions {
  mirror: RecipeMirror;
  listing: VersionListing;
  lastGood: LastGood;
}

/** The newest version that may take the place of what runs; the gate is asked about each until one is allowed. */
export async function chooseNext(run: WarmServicePass, { mirror, listing, lastGood }: ChooseOptions): Promise<Found> {
  const { view, services, pass } = run;
  const { journal, spec, directory, home } = view;
  const verdicts = new Map<string, Verdict>();
  const { edit, reports } = await judgeEdit(run, { mirror, lastGood });
  const app = {
    recipe: spec.app.recipe,
    ...settingsInForce(spec, { applied: journal.applied, newest: edit && { edit } }),
  };
  const runningMs = services.store.runningMs();
  const choose = (): Choice =>
    chooseTarget({
      current: lastGood,
      tags: listing,
      update: spec.update,
      // What is over is not told; the rest lasts as long as this choice.
      quarantine: journal.quarantine
        .filter(({ untilRunningMs }) => untilRunningMs > runningMs)
        .map(({ version, commit }) => ({ version, commit, until: '' })),
      approved: journal.approved,
      judged: ({ tag, commit }) => verdicts.get(`${tag} ${commit}`),
      nowMs: services.clock.now(),
    });
  const reader = keptReads(mirror);
  let choice = choose();
  while (choice.action === 'Judge') {
    const { target } = choice;
    const way = { from: lastGood, to: target, tags: listing.versions };
    const step = await readStep({ mirror: reader, way, scratch: join(directory, 'judged'), home, app }, pass.signal);
    verdicts.set(`${target.tag} ${target.commit}`, judge(step.from, step.to, step.notes, spec.update.maxBump));
    reports.push(reportStep(step.from, step.to, step.notes, spec.update.maxBump));
    choice = choose();
  }
  return { ...foundBy(choice, listing, lastGood.source), reports, ...(edit ? { edit } : {}) };
}

/** Asks the gate about an edit of the spec, as about a step to the version that runs. */
async function judgeEdit(
  { view, pass }: WarmServicePass,
  { mirror, lastGood }: Pick<ChooseOptions, 'mirror' | 'lastGood'>,
): Promise<{ edit?: Edit; reports: StepReport[] }> {
  const { journal, spec, directory, home } = view;
  const { recipe } = spec.app;
  const edit = editOf(spec, journal);
  if (edit === undefined) return { reports: [] };
  const { digest } = edit;
  if (journal.failedEdit === digest) return { edit: { digest, state: 'Failed', reasons: [] }, reports: [] };
  const [before, after] = [
    { recipe, ...journal.applied?.settings },
    { recipe, ...settingsOf(spec) },
  ];
  const scratch = join(directory, 'judged');
  const options = { mirror, revision: lastGood, before, after, home, maxBump: spec.update.maxBump, scratch };
  const report = await reportEdit(options, pass.signal);
  const isFree = report.verdict.result === 'Allowed' || journal.approvedEdit === digest;
  const reasons = isFree ? [] : findingLines(report.verdict);
  return { edit: { digest, state: isFree ? 'Allowed' : 'Held', reasons }, reports: [report] };
}

function foundBy(
  choice: Exclude<Choice, { action: 'Judge' }>,
  { versions }: VersionListing,
  source: string,
): Omit<Found, 'reports'> {
  const [held] = choice.held;
  const latest = versions.find(({ tag }) => tag === choice.latest);
  const of = ({ tag, commit }: VersionTag) => ({ version: tag, commit, source });
  const reasons = held && (held.findings.length === 0 ? ['update.policy is Manual'] : findingLines(held));
  const rules = held && (held.findings.length === 0 ? ['Manual'] : distinctCodes(held.findings));
  return {
    ...(latest ? { latest: of(latest) } : {}),
    ...(choice.action === 'Upgrade' ? { target: of(choice.target) } : { stays: choice.reason }),
    ...(held && reasons && rules
      ? { held: { version: held.version, commit: held.commit, source, reasons, rules } }
      : {}),
    ...(choice.approval ? { approval: choice.approval } : {}),
  };
}

function distinctCodes(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ code }) => code))];
}
