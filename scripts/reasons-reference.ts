// The reference of reasons: every condition, reason, event, alert and error, from the tables that the programs use.

import { ALERT_REASONS, type AlertReason } from '../lib/alerts/alert.ts';
import { PULL_FAULTS } from '../lib/platform/swarm/engine/pull.ts';
import { REASON_GROUPS, type ReasonGroup } from '../lib/reasons/catalogue.ts';
import type { Meaning } from '../lib/reasons/meaning.ts';
import { COPY_FAULTS, type SaidFault, SOURCE_FAULTS } from '../lib/recipe/source-faults.ts';
import { STAGE_BLAMES, type StageFailure } from '../lib/run-record/blame.ts';
import { FAULT_RULES } from '../lib/run-record/fault-rules.ts';

const BANNER = '<!-- Written by `node scripts/generate-reference.ts` from lib/reasons. Do not edit. -->';

const PREFACE = [
  'Every word that a status, an event or an alert gives for what it says, with what it means and what to do about it.',
  '`ccctl explain reason/CrashLoop` says the same. One word may stand in several places. Metrics are in [another list](metrics.md),',
  'the rules of the safety gate in [theirs](../safety-gate.md).',
];

/** `docs/reference/reasons.md`. Pure. */
export function reasonsPage(): string {
  const groups = REASON_GROUPS.flatMap(groupSection);
  const lines = [BANNER, '', '# Reasons', '', ...PREFACE, ...groups, ...errorsSection(), ...faultsSection()];
  return `${lines.join('\n')}\n`;
}

function groupSection({ title, place, words }: ReasonGroup): string[] {
  const rows = Object.entries(words).map(([word, meaning]) => row(title, word, meaning));
  const head = EXTRA[title]?.title;
  const columns = ['word', ...(head === undefined ? [] : [head]), 'meaning', 'what to do'];
  return ['', `## ${title}`, '', `Where: ${place}.`, '', `| ${columns.join(' | ')} |`, ruler(columns.length), ...rows];
}

/** Groups with a column of their own. */
const EXTRA: Readonly<Record<string, { title: string; of: (word: string) => string }>> = {
  'Run, stages': { title: 'blame', of: (word) => STAGE_BLAMES[word as StageFailure] ?? '–' },
  Alerts: { title: 'severity', of: (word) => ALERT_REASONS[word as AlertReason] },
};

function row(title: string, word: string, [meaning, remedy, see]: Meaning): string {
  const extra = EXTRA[title];
  const more = see === undefined ? '' : ` See [${see.replace(/\.md.*/, '').replaceAll('-', ' ')}](../${see}).`;
  const cells = [`\`${word}\``, ...(extra ? [extra.of(word)] : []), meaning, `${remedy}${more}`];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function errorsSection(): string[] {
  const rows = Object.entries(FAULT_RULES).map(([code, { blame, tries, reason, remedy }]) =>
    [`| \`${code}\``, blame ?? '–', tries, `\`${reason}\``, `${cell(remedy)} |`].join(' | '),
  );
  return [
    ...['', '## Errors', ''],
    'Whose fault an error is follows its code, in whatever stage it surfaced; what is `Infra` is tried again after 5 and 10 seconds, each',
    'time as a new attempt after a teardown. The reason is that of the stage which it ends.',
    ...['', '| code | blame | tries | reason | what to do |', ruler(5), ...rows],
  ];
}

function faultsSection(): string[] {
  const said: readonly (readonly [of: string, faults: readonly SaidFault[]])[] = [
    ['a source', SOURCE_FAULTS],
    ['our copy of it', COPY_FAULTS],
    ['an image', PULL_FAULTS],
  ];
  const rows = said.flatMap(([of, faults]) =>
    faults.map(({ name, code, remedy }) => `| ${of} | ${name} | \`${code}\` | ${cell(remedy)} |`),
  );
  return [
    ...['', '## What others say', ''],
    'What git, registries and engines say is sorted into these codes; the first that fits counts. What fits none is `Unreachable` for a',
    'source or an image, `Damaged` for our copy.',
    ...['', '| of | what is wrong | code | what to do |', ruler(4), ...rows],
  ];
}

function ruler(columns: number): string {
  return `|${'---|'.repeat(columns)}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
