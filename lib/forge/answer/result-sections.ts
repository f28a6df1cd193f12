import type { RunStatus, StageResult } from '../../api/index.ts';
import { capOf } from '../../run-record/verdict.ts';
import type { RunView } from './answer.ts';
import { differences, type Reference } from './comparison.ts';
import { block, span, table } from './markdown.ts';

/** Rows of the table of failed tests. */
const MOST_TESTS = 50;

/** What is said of a run that is over, in at most `room` characters: the log lines give way first. Pure. */
export function resultSections({ status, reference }: Extract<RunView, { state: 'Over' }>, room: number): string[] {
  const said = [...summary(status), ...stages(status), ...failedTests(status), comparison(status, reference)];
  const sections = fitting(said, room);
  const left = room - sections.join('\n\n').length - 2;
  return [...sections, ...logs(status, left)];
}

/** The first sections that have room together. */
function fitting(sections: readonly string[], room: number): string[] {
  let left = room;
  return sections.filter((section) => {
    const fits = section.length + 2 <= left;
    if (fits) left -= section.length + 2;
    return fits;
  });
}

function summary(status: RunStatus): string[] {
  const { mode, fallback, level, blame, stages: all = [], version, conditions } = status;
  const succeeded = conditions.find(({ type }) => type === 'Succeeded');
  const cap = level === undefined || level >= 5 ? undefined : capOf(all, level);
  const confidence =
    mode === 'Quick' ? 'low: a quick run skips what a cold one proves, and never gates a merge' : 'high';
  return [
    [
      ...(succeeded?.status === 'True' ? [] : [`- **Why:** ${span(succeeded?.message ?? '', 1000)}`]),
      `- **Mode:** ${mode ?? 'none'}${fallback === undefined ? '' : `, although quick was asked for (${fallback})`}; confidence ${confidence}`,
      ...(level === undefined ? [] : [`- **Level:** ${level} of 5${cap === undefined ? '' : `, for ${capText(cap)}`}`]),
      ...(blame === undefined ? [] : [`- **Blame:** ${blame}`]),
      ...(version === undefined ? [] : [`- **Versions:** ${versions(version)}`]),
    ].join('\n'),
  ];
}

function versions({ base, head }: NonNullable<RunStatus['version']>): string {
  return base === undefined ? span(head ?? '') : `${span(base)} → ${span(head ?? '')}`;
}

function capText({ name, result, reason }: StageResult): string {
  return `${name} is ${result}${reason === undefined ? '' : ` (${span(reason)})`}`;
}

const MARKS: Readonly<Record<StageResult['result'], string>> = {
  Passed: '✅',
  Failed: '❌',
  Skipped: '➖',
  Unverified: '❔',
  Interrupted: '⚠️',
  Running: '⏳',
  Pending: '·',
};

function stages({ stages: all = [] }: RunStatus): string[] {
  if (all.length === 0) return [];
  const rows = all.map((stage) => [
    stage.name,
    `${MARKS[stage.result]} ${stage.result}`,
    took(stage),
    span(remarkOf(stage)),
  ]);
  return [table(['Stage', 'Result', 'Took', 'Remark'], rows)];
}

function remarkOf({ reason, message, service }: StageResult): string {
  const said = [reason, message].filter((part) => part).join(': ');
  return service === undefined ? said : `${said} (service ${service})`;
}

function took({ startTime, endTime }: StageResult): string {
  if (startTime === undefined || endTime === undefined) return '';
  const seconds = (Date.parse(endTime) - Date.parse(startTime)) / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

function failedTests({ stages: all = [] }: RunStatus): string[] {
  const failed = all.flatMap(({ name, tests = [] }) =>
    tests.filter(({ result }) => result === 'Failed').map((test) => ({ stage: name, ...test })),
  );
  if (failed.length === 0) return [];
  const rows = failed.slice(0, MOST_TESTS).map(({ stage, name, message }) => [stage, span(name), span(message ?? '')]);
  const more = failed.length > MOST_TESTS ? [`${failed.length - MOST_TESTS} more failed.`] : [];
  return [['**Failed tests**', table(['Stage', 'Test', 'Why'], rows), ...more].join('\n\n')];
}

function comparison(status: RunStatus, reference: Reference | undefined): string {
  if (reference === undefined)
    return '**Compared:** with nothing, as no cold run of the known-good or of the base branch is known.';
  const of = reference.of === 'KnownGood' ? 'the known-good' : 'the base branch';
  const with_ = `${of} ${span(reference.label, 80)} (run \`${reference.run}\`)`;
  const found = differences(status, reference.status);
  if (found.length === 0) return `**Compared** with ${with_}: no better and no worse.`;
  const lines = found.map(({ sense, text }) => `- ${sense === 'Better' ? '🟢 better' : '🔴 worse'}: ${text}`);
  return `**Compared** with ${with_}:\n\n${lines.join('\n')}`;
}

/** The last log lines of what failed, as many of the last ones as there is room for. */
function logs({ stages: all = [] }: RunStatus, room: number): string[] {
  let left = room;
  return all.flatMap((stage) => {
    if (stage.result === 'Passed' || !stage.logTail?.length) return [];
    const frame = `<details><summary>Last log lines of ${stage.name}</summary>\n\n\n\n</details>\n\n`.length + 40;
    const lines = lastLines(stage.logTail, left - frame);
    if (lines.length === 0) return [];
    const section = `<details><summary>Last log lines of ${stage.name}</summary>\n\n${block(lines)}\n\n</details>`;
    if (section.length + 2 > left) return [];
    left -= section.length + 2;
    return [section];
  });
}

function lastLines(lines: readonly string[], room: number): string[] {
  const kept: string[] = [];
  let left = room;
  for (const line of lines.toReversed()) {
    const short = line.slice(0, 2000);
    if (short.length + 1 > left) break;
    left -= short.length + 1;
    kept.unshift(short);
  }
  return kept;
}
