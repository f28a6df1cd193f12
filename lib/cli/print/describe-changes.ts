import type { PlanChange } from '../../app/plan-changes.ts';
import { GATE_RULES } from '../../gate/gate-rules.ts';
import type { ReleaseNote } from '../../gate/release-note.ts';
import type { StepReport } from '../../gate/step-report.ts';
import { cut, fieldLines, oneLine, renderTable, type Section } from './table.ts';
import { wrap } from './wrap.ts';

export interface ChangesOptions {
  /** Columns of the terminal; absent: no limit. */
  width?: number;
}

const INDENT = 2;

/**
 * What is different between two versions of an app, and what the gate says of it: for `ccctl diff`, and for held
 * versions in `ccctl describe`. Narrow: tables are cut to the width, remedies and notes are wrapped, nothing is left out.
 * Safe for terminals; without values of env and secrets. Pure.
 */
export function describeChanges(report: StepReport, { width }: ChangesOptions = {}): Section[] {
  const room = width === undefined ? undefined : Math.max(1, width - INDENT);
  const of = (...parts: PlanChange['part'][]): PlanChange[] =>
    report.changes.filter(({ part }) => parts.includes(part));
  return [
    { title: 'Step', lines: stepLines(report) },
    { title: 'Held because', lines: heldLines(report, room) },
    {
      title: 'Services',
      lines: table(
        of('Image').filter(({ change }) => change !== 'Changed'),
        room,
      ),
    },
    {
      title: 'Images',
      lines: table(
        of('Image').filter(({ change }) => change === 'Changed'),
        room,
      ),
    },
    { title: 'Volumes', lines: table(of('Volume', 'Mount'), room) },
    { title: 'Secrets', lines: table(of('Secret'), room) },
    { title: 'Env', lines: [...table(of('Env', 'Unset'), room), ...newKeyLines(report, room)] },
    { title: 'Configs', lines: table(of('Config'), room) },
    { title: 'Networks', lines: table(of('Network'), room) },
    ...report.notes.map((note) => ({ title: `Note ${oneLine(note.name)}`, lines: noteLines(note, room) })),
  ];
}

function stepLines({ from, to, verdict }: StepReport): string[] {
  const shown = (one: StepReport['from']): string => `${one.version} (${one.commit.slice(0, 10)})`;
  return fieldLines([
    ['From', shown(from)],
    ['To', shown(to)],
    ['Gate', verdict.result],
  ]);
}

/** A finding, then what can be done, once for all findings in a row that have the same remedy. */
export function heldLines({ verdict }: StepReport, room: number | undefined): string[] {
  const { findings } = verdict;
  return findings.flatMap(({ code, subject, detail }, index) => {
    const { meaning, remedy } = GATE_RULES[code];
    const next = findings[index + 1];
    const isLast = next === undefined || GATE_RULES[next.code].remedy !== remedy;
    const said = wrap(`${code} ${subject}: ${plain(meaning)}: ${detail}`, room, '  ');
    return isLast ? [...said, ...wrap(`  → ${plain(remedy)}`, room, '    ')] : said;
  });
}

const SIGNS = { Added: '+', Removed: '-', Changed: '~' } as const;
const WORDS: Partial<Record<PlanChange['part'], string>> = { Mount: 'mount ', Unset: 'no value for ' };

function table(changes: readonly PlanChange[], room: number | undefined): string[] {
  const rows = changes.map(({ part, name, change, before, after }) => [
    `${SIGNS[change]} ${WORDS[part] ?? ''}${name}`,
    before === undefined || after === undefined ? (before ?? after ?? '') : `${before} → ${after}`,
  ]);
  const text = renderTable(rows, { width: room });
  const lines = text.split('\n').filter((line) => line !== '');
  return room === undefined ? lines : lines.map((line) => cut(line, room));
}

function newKeyLines({ newKeys }: StepReport, room: number | undefined): string[] {
  if (newKeys.length === 0) return [];
  return wrap(`New in .env.sample, not set here: ${newKeys.join(', ')}`, room, '  ');
}

function noteLines({ text, state }: ReleaseNote, room: number | undefined): string[] {
  if (state === 'Unreadable') return ['(it cannot be shown)'];
  const lines = text.split('\n').flatMap((line) => wrap(oneLine(line), room, ''));
  return state === 'Cut' ? [...lines, '(there is more of it)'] : lines;
}

/** Without the marks of code that a document has. */
function plain(text: string): string {
  return text.replaceAll('`', "'");
}
