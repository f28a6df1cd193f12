import type { SourceProblem } from '../api/index.ts';
import { withRemedy } from '../sentences.ts';
import { maskUrls } from '../url-mask.ts';

/** What can be wrong with a file that people write. Closed: tests and printers go by it. */
export type SpecProblemCode =
  | 'TooLarge'
  | 'NotUtf8'
  | 'Empty'
  | 'Syntax'
  | 'SeveralDocuments'
  | 'DuplicateKey'
  | 'TooComplex' // more values or more depth than any spec needs, aliases counted as what they stand for
  | 'UnsupportedTag'
  | 'UnknownApiVersion'
  | 'UnknownKind'
  | 'UnknownField'
  | 'MissingField'
  | 'WrongType'
  | 'WrongValue'
  | 'IgnoredField'; // a note, not a fault: the controller keeps that field itself

/** One fault (or note) with its place. Line and column count from 1. */
export interface SpecProblem extends Required<SourceProblem> {
  code: SpecProblemCode;
}

/** A place in a file; both count from 1. */
export interface Position {
  line: number;
  column: number;
}

export const FILE_START: Position = { line: 1, column: 1 };

/** Keys and indexes from the root of the document. */
export type FieldPath = readonly (string | number)[];

/** `spec.ci.tests[0].name`; keys that are no plain words are quoted in brackets. */
export function fieldPathText(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(shorten(step))}]`;
  }
  return text;
}

/** `file:line:column: field: message. Remedy.`, the form in which problems are printed. */
export function formatProblem(problem: SpecProblem): string {
  const field = problem.path === '' ? '' : `${problem.path}: `;
  return `${problem.file}:${problem.line}:${problem.column}: ${field}${withRemedy(problem.message, problem.remedy)}`;
}

/** A value as messages quote it: kind and content, at most 60 characters of it. */
export function describeValue(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return `'${shorten(maskUrls(value))}'`;
  return `the ${typeof value} ${String(value)}`;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
