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

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /:?[-?+]/y;
const MAX_DEPTH = 32;
const ESCAPE = 'Write $$ for a dollar sign of its own.';

/** One piece of a text: a literal, or a variable with what its operator needs. */
type Piece =
  | { kind: 'Text'; text: string }
  | { kind: 'Variable'; name: string; operator: string; word: Piece[]; offset: number };

/**
 * Fills in variables as the compose specification says: `$X`, `${X}`, `${X:-word}`, `${X-word}`, `${X:?word}`,
 * `${X?word}`, `${X:+word}`, `${X+word}`, words nested, `$$` for a dollar sign. An unset variable without a default
 * becomes empty.
 * @throws InterpolationError for a malformed text and for `?` on a missing value.
 */
export function interpolate(text: string, lookup: Lookup): string {
  return text.includes('$') ? evaluate(parsePieces(text), lookup) : text;
}

/** The names of all variables in a text, nested words included, in order, each once. */
export function variablesIn(text: string): string[] {
  return [...new Set(namesOf(parsePieces(text)))];
}

/** The variables that a text reads without offering anything in their place. */
export function requiredVariablesIn(text: string): string[] {
  const bare = parsePieces(text).filter((piece) => piece.kind === 'Variable' && !/[-+]/.test(piece.operator));
  return [...new Set(bare.map((piece) => (piece.kind === 'Variable' ? piece.name : '')))];
}

function namesOf(pieces: readonly Piece[]): string[] {
  return pieces.flatMap((piece) => (piece.kind === 'Variable' ? [piece.name, ...namesOf(piece.word)] : []));
}

function evaluate(pieces: readonly Piece[], lookup: Lookup): string {
  return pieces.map((piece) => (piece.kind === 'Text' ? piece.text : substitute(piece, lookup))).join('');
}

function substitute(piece: Extract<Piece, { kind: 'Variable' }>, lookup: Lookup): string {
  const value = lookup(piece.name);
  const present = piece.operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  switch (piece.operator.at(-1)) {
    case '-':
      return present ? (value ?? '') : evaluate(piece.word, lookup);
    case '+':
      return present ? evaluate(piece.word, lookup) : '';
    case '?':
      if (present) return value ?? '';
      throw new InterpolationError(
        `the variable ${piece.name} has no value: ${evaluate(piece.word, lookup) || 'it is required'}`,
        piece.offset,
        `Set ${piece.name} in the app's env.`,
      );
    default:
      return value ?? '';
  }
}

function parsePieces(text: string): Piece[] {
  const reader = new PieceReader(text);
  return reader.read(0);
}

class PieceReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads up to the end, or in a nested word (`depth` > 0) up to the brace that closes it. */
  read(depth: number): Piece[] {
    if (depth > MAX_DEPTH) throw new InterpolationError('variables are nested too deeply', this.#at, 'Nest less.');
    const pieces: Piece[] = [];
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at];
      if (char === '}' && depth > 0) break;
      pieces.push(char === '$' ? this.#dollar(depth) : this.#literal(depth));
    }
    return pieces;
  }

  #literal(depth: number): Piece {
    const start = this.#at;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at];
      if (char === '$' || (char === '}' && depth > 0)) break;
      this.#at += 1;
    }
    return { kind: 'Text', text: this.#text.slice(start, this.#at) };
  }

  #dollar(depth: number): Piece {
    const offset = this.#at;
    this.#at += 1;
    if (this.#text[this.#at] === '$') {
      this.#at += 1;
      return { kind: 'Text', text: '$' };
    }
    if (this.#text[this.#at] === '{') {
      this.#at += 1;
      return this.#braced(offset, depth);
    }
    return { kind: 'Variable', name: this.#name(offset), operator: '', word: [], offset };
  }

  #braced(offset: number, depth: number): Piece {
    const name = this.#name(offset);
    const operator = this.#match(OPERATOR) ?? '';
    const word = operator === '' ? [] : this.read(depth + 1);
    if (this.#text[this.#at] !== '}') {
      throw new InterpolationError(`\${${name} is not closed or uses an unknown operator`, offset, ESCAPE);
    }
    this.#at += 1;
    return { kind: 'Variable', name, operator, word, offset };
  }

  #name(offset: number): string {
    const name = this.#match(NAME);
    if (name === undefined) throw new InterpolationError('a $ is not followed by a variable name', offset, ESCAPE);
    return name;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}
