import { present } from '../api/objects.ts';
import { type EnvPiece, readEnvPieces } from './env-line.ts';

/** What the comment behind a value asks of a secret: `SECRET_X_VERSION=v1 # length=64 charset=hex`. */
export interface EnvModifiers {
  length?: number;
  charset?: string;
  generate?: boolean;
}

type Entry = Extract<EnvPiece, { kind: 'Entry' }>;

const KEY = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const REFERENCE = /\\([\s\S])|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/g;

/**
 * An app's env file or a recipe's `.env.sample` (docker env_file syntax as abra reads it). Mutable; `set` and `delete`
 * return the same object. Comments, order and duplicate keys are kept; the text always ends with a newline.
 */
export class EnvFile {
  readonly #pieces: EnvPiece[];

  private constructor(pieces: EnvPiece[]) {
    this.#pieces = pieces;
  }

  /** Reads a text; never fails, what is no `KEY=value` is kept as it is. A byte order mark is dropped. */
  static parse(given: string): EnvFile {
    const text = given.replace(/^\uFEFF/, '');
    const complete = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    return new EnvFile(readEnvPieces(complete));
  }

  /** An env file with these entries, in this order. */
  static from(entries: Readonly<Record<string, string>>): EnvFile {
    const file = EnvFile.parse('');
    for (const [key, value] of Object.entries(entries)) file.set(key, value);
    return file;
  }

  /** The effective value: of the last line of the key, with references to earlier lines filled in. */
  get(key: string): string | undefined {
    const entries = this.entries();
    return Object.hasOwn(entries, key) ? entries[key] : undefined;
  }

  /**
   * Gives `key` this value: in its last line, whose comment stays, or in a new line at the end. Idempotent.
   * @throws RangeError where `key` is no variable name.
   */
  set(key: string, value: string): this {
    if (!KEY.test(key)) throw new RangeError(`not a variable name: ${key}`);
    const index = this.#pieces.findLastIndex((piece) => piece.kind === 'Entry' && piece.key === key);
    const old = this.#pieces[index];
    const entry = old?.kind === 'Entry' ? old : { head: `${key}=`, tail: '\n' };
    const glued = entry.tail.startsWith('#') && (value !== '' || entry.head.endsWith('='));
    const gap = glued ? ' ' : '';
    const [piece] = readEnvPieces(`${entry.head}${quoted(value)}${gap}${entry.tail}`);
    if (piece) this.#pieces.splice(index < 0 ? this.#pieces.length : index, index < 0 ? 0 : 1, piece);
    return this;
  }

  /** Removes every line of `key`; absent is success. */
  delete(key: string): this {
    const kept = this.#pieces.filter((piece) => piece.kind === 'Other' || piece.key !== key);
    this.#pieces.splice(0, this.#pieces.length, ...kept);
    return this;
  }

  /** Key → effective value. Later lines win and may refer to earlier ones: `COMPOSE_FILE="$COMPOSE_FILE:compose.x.yml"`. */
  entries(): Record<string, string> {
    const values = new Map<string, string>();
    for (const entry of this.#entries()) values.set(entry.key, effectiveValue(entry, values));
    return Object.fromEntries(values);
  }

  /** The keys of all lines, in order, each once. */
  keys(): string[] {
    return [...new Set(this.#entries().map((entry) => entry.key))];
  }

  /** The modifiers behind the last line of `key`, else behind a line of it that is commented out. */
  modifiers(key: string): EnvModifiers {
    const active = this.#entries().findLast((entry) => entry.key === key);
    return active ? readModifiers(active.tail) : readModifiers(this.#commented(key)?.tail ?? '');
  }

  /** The exact text; empty, or ending with a newline. */
  toString(): string {
    return this.#pieces.map((piece) => piece.text).join('');
  }

  #entries(): Entry[] {
    return this.#pieces.filter((piece) => piece.kind === 'Entry');
  }

  #commented(key: string): Entry | undefined {
    const lines = this.#pieces.map((piece) => /^\s*#+[ \t]*(?=[A-Za-z_])(.*)/.exec(piece.text)?.[1] ?? '');
    return lines
      .flatMap((line) => readEnvPieces(line))
      .filter((piece) => piece.kind === 'Entry')
      .findLast((piece) => piece.key === key);
  }
}

function effectiveValue(entry: Entry, earlier: ReadonlyMap<string, string>): string {
  if (entry.quote === 'Single') return entry.written;
  const text = entry.quote === 'Double' ? entry.written : entry.written.replaceAll(/\\(?!\$)/g, '\\\\');
  return text.replaceAll(REFERENCE, (_all, escaped?: string, braced?: string, bare?: string) =>
    escaped === undefined ? (earlier.get(braced ?? bare ?? '') ?? '') : unescaped(escaped),
  );
}

function unescaped(char: string): string {
  const special: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\n': '' };
  return special[char] ?? char;
}

function quoted(value: string): string {
  if (/^[\w./:@%+,=~-]*$/.test(value)) return value;
  if (!/['\r\n]/.test(value)) return `'${value}'`;
  const escaped = value
    .replaceAll(/[\\"$]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
  return `"${escaped}"`;
}

function readModifiers(tail: string): EnvModifiers {
  const comment = tail.slice(Math.max(0, tail.indexOf('#')));
  const length = /\blength=(\d{1,4})\b/.exec(comment)?.[1];
  const charset = /\bcharset=([\w-]+)/.exec(comment)?.[1];
  const generate = /\bgenerate=(true|false)\b/.exec(comment)?.[1];
  const wanted = { length: length && Number(length), charset, generate: generate && generate === 'true' };
  return present(wanted) as EnvModifiers;
}
