import { CcError } from '../errors.ts';

/** Gives the value of a variable, or undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

/** A fault in a text with variables: `InvalidInput`, with the offset at which it begins. */
export class InterpolationError extends CcError {
  readonly offset: number;

  constructor(message: string, offset: number, remedy: string) {
    super('InvalidInput', message, { remedy });
    this.name = 'InterpolationError';
    this.offset = offset;
  }
}

/**
 * The docker CLI's own pattern (`cli/compose/template`). A default ends at the first `}`, or without braces at the end of
 * the text; there is no nesting and no `+`.
 */
const REFERENCE =
  /\$(?:(?<escaped>\$)|(?<bare>[_a-z][_a-z0-9]*(?::?[-?][^}]*)?)|\{(?<braced>[_a-z][_a-z0-9]*(?::?[-?][^}]*)?)\}|(?<invalid>))/giu;
/** In this order the CLI looks for an operator, wherever in the reference it stands. */
const OPERATORS = [':-', '-', ':?', '?'] as const;
type Operator = (typeof OPERATORS)[number];

/** One reference in a text. */
interface Reference {
  name: string;
  operator?: Operator;
  /** What stands behind the operator, taken as it is. */
  word: string;
  bare: boolean;
  offset: number;
}

/**
 * Fills in variables as `docker stack deploy` does: `$X`, `${X}`, `${X:-word}`, `${X-word}`, `${X:?word}`, `${X?word}`,
 * `$$` for a dollar sign. Words are literal. An unset variable without a default becomes empty.
 * @throws InterpolationError for a malformed text and for `?` on a missing value.
 */
export function interpolate(text: string, lookup: Lookup): string {
  let filled = '';
  let at = 0;
  for (const { reference, offset, length } of piecesOf(text)) {
    filled += text.slice(at, offset) + (reference === undefined ? '$' : substitute(reference, lookup));
    at = offset + length;
  }
  return filled + text.slice(at);
}

/** The names of all variables that a text reads, in order, each once. @throws InterpolationError */
export function variablesIn(text: string): string[] {
  return [...new Set(referencesIn(text).map(({ name }) => name))];
}

/** The variables that a text reads without offering anything in their place. @throws InterpolationError */
export function requiredVariablesIn(text: string): string[] {
  const bare = referencesIn(text).filter(({ operator }) => operator !== ':-' && operator !== '-');
  return [...new Set(bare.map(({ name }) => name))];
}

/**
 * Defaults of a text that a person means otherwise than the CLI: one with a variable in it, which stays as it is
 * written, and one without braces, which takes the rest of the text. @throws InterpolationError
 */
export function misleadingDefaultsIn(text: string): string[] {
  return referencesIn(text).flatMap(({ name, operator, word, bare }) => {
    const written = `${name}${operator ?? ''}${word}`;
    if (bare && operator !== undefined) return [`$${written} has its default up to the end of the text`];
    return /\$\{?[_a-z]/i.test(word) ? [`\${${written}} has a default in which nothing is filled in`] : [];
  });
}

function referencesIn(text: string): Reference[] {
  return [...piecesOf(text)].flatMap(({ reference }) => reference ?? []);
}

/**
 * Each reference of a text, none for `$$`. One after the other: the first malformed one ends it, before its like make
 * the search take the square of the length.
 */
function* piecesOf(text: string): Generator<{ reference: Reference | undefined; offset: number; length: number }> {
  for (const match of text.matchAll(REFERENCE)) {
    const { 0: all, index: offset, groups = {} } = match;
    const inner = groups.bare ?? groups.braced;
    if (groups.escaped === undefined && inner === undefined) throw invalid(text, offset);
    const reference = inner === undefined ? undefined : referenceOf(inner, { offset, bare: groups.bare !== undefined });
    yield { reference, offset, length: all.length };
  }
}

function referenceOf(inner: string, place: Pick<Reference, 'bare' | 'offset'>): Reference {
  const operator = OPERATORS.find((one) => inner.includes(one));
  if (operator === undefined) return { name: inner, word: '', ...place };
  const at = inner.indexOf(operator);
  return { name: inner.slice(0, at), operator, word: inner.slice(at + operator.length), ...place };
}

function substitute({ name, operator, word, offset }: Reference, lookup: Lookup): string {
  const value = lookup(name);
  const present = value !== undefined && !(value === '' && operator?.startsWith(':'));
  if (present) return value;
  if (operator === ':-' || operator === '-') return word;
  if (operator === undefined) return '';
  throw new InterpolationError(
    `required variable ${name} is missing a value: ${word || 'it is required'}`,
    offset,
    `Set ${name} in the app's env.`,
  );
}

function invalid(text: string, offset: number): InterpolationError {
  const rest = text.slice(offset);
  const plus = /^\$\{[_a-z][_a-z0-9]*:?\+/i.test(rest);
  const remedy = plus
    ? 'Docker has no ${X:+y} and no ${X+y}: use two variables.'
    : 'Write $$ for a dollar sign of its own.';
  return new InterpolationError(`invalid interpolation format "${rest.slice(0, 80)}"`, offset, remedy);
}
