import { createHash } from 'node:crypto';

/** The sorts of faults that are made; each is one that somebody could write. */
export const KINDS = [
  ...(['write-left-out', 'clear-left-out', 'swapped-statements', 'await-lost', 'guard-dropped'] as const),
  ...(['condition-negated', 'boundary', 'swapped-arguments', 'other-code', 'mode', 'spread-order'] as const),
  ...(['default-side', 'constant', 'early-return'] as const),
];

export type Kind = (typeof KINDS)[number];

/** A part of a text and what takes its place. */
export interface Edit {
  start: number;
  end: number;
  to: string;
}

/** One fault in one file. */
export interface Mutant extends Edit {
  /** Stays the same while the line that it is in does. */
  id: string;
  kind: Kind;
  /** Path from the project's root. */
  file: string;
  /** From 1. */
  line: number;
  from: string;
}

/** The text with the fault in it. */
export function mutated(text: string, { start, end, to }: Edit): string {
  return text.slice(0, start) + to + text.slice(end);
}

/** Names an edit after its file, its kind, the lines it is in and what is written there. */
export function toMutant(edit: Edit, kind: Kind, source: { file: string; text: string }): Mutant {
  const { file, text } = source;
  const from = text.slice(edit.start, edit.end);
  const lineStart = text.lastIndexOf('\n', edit.start - 1) + 1;
  const lineEnd = text.indexOf('\n', edit.end);
  const lines = text.slice(lineStart, lineEnd === -1 ? text.length : lineEnd).trim();
  const column = edit.start - lineStart - (/^\s*/.exec(text.slice(lineStart, edit.start))?.[0].length ?? 0);
  const name = [file, kind, lines, column, from, edit.to].join('\n');
  const id = createHash('sha256').update(name).digest('hex').slice(0, 10);
  return { ...edit, id, kind, file, from, line: text.slice(0, edit.start).split('\n').length };
}
