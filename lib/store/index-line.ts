import { type Kind, keyText, type ObjectKey } from '../api/kinds.ts';
import { isRecord } from '../api/objects.ts';
import type { FileSignature } from './file-signature.ts';
import type { StoredObject } from './store.ts';

/** One object in the index. It holds while the files it was made from have these signatures. */
export interface IndexEntry {
  kind: Kind;
  name: string;
  path: string;
  objectStat: FileSignature;
  object: StoredObject;
  /** Absent until the status was shown by the process that wrote the index. */
  statusStat?: FileSignature;
}

/** An entry to be written, with the text of its `status.json`. */
export interface ShownEntry {
  entry: IndexEntry;
  shown?: string;
}

/** An entry as it was read. */
export type ReadEntry = IndexEntry & { status?: Readonly<Record<string, unknown>> };

const FORMAT = 2;

/** How a log of objects is written. */
export interface LineForm {
  /** First line: what follows is counted from 1. */
  head: string;
  /** The line of that number: what is said of the object, or that it is gone. Pure. */
  line: (number: number, key: ObjectKey, said: string | undefined) => string;
  /** What a checkpoint says of all objects, behind the first line, in parts: nothing else waits for more than one. */
  whole: (keys: readonly ObjectKey[], lookup: Lookup) => Iterable<Part>;
}

/** What is said of an object, undefined where it is gone. */
export type Lookup = (key: ObjectKey) => string | undefined;

/** A part of a checkpoint, and as how many lines it counts. */
export interface Part {
  text: string;
  lines: number;
}

/** So many objects make a part; what is made of them is thrown away by the next one. */
export const PART_OBJECTS = 100;

const INDEX_HEAD = `${JSON.stringify({ format: FORMAT })}\n`;

/** What a line says of an object, as fields of JSON; undefined where it is gone. Pure. */
export function entryText({ entry, shown }: ShownEntry): string {
  return `"entry":${JSON.stringify(entry)}${shown === undefined ? '' : `,"shown":${shown.trimEnd()}`}`;
}

/** The index; what it says of an object are fields of JSON. */
export const INDEX_FORM: LineForm = { head: INDEX_HEAD, line: indexLine, whole: indexLines };

function indexLine(number: number, { kind, name }: ObjectKey, said: string | undefined): string {
  return `{"number":${number},"key":${JSON.stringify({ kind, name })}${said === undefined ? '' : `,${said}`}}\n`;
}

function* indexLines(keys: readonly ObjectKey[], lookup: Lookup): Generator<Part> {
  for (let first = 0; first < keys.length; first += PART_OBJECTS) {
    const some = keys.slice(first, first + PART_OBJECTS);
    const lines = some.map((key, index) => indexLine(first + index + 1, key, lookup(key)));
    yield { text: lines.join(''), lines: some.length };
  }
}

/** The last line of each object by {@link keyText}: up to the first line that is torn or out of turn. Pure. */
function lastLines(text: string): Map<string, string> {
  const last = new Map<string, string>();
  if (!text.startsWith(INDEX_HEAD)) return last;
  let at = INDEX_HEAD.length;
  for (let number = 1; at < text.length; number += 1) {
    const end = text.indexOf('\n', at);
    const line = end === -1 ? '' : text.slice(at, end);
    const of = lineOf(line, number);
    if (of === undefined) return last;
    if (of.says) last.set(of.key, line);
    else last.delete(of.key);
    at = end + 1;
  }
  return last;
}

/**
 * Of what object a line is, as {@link keyText} of it, and whether it says anything but that it is gone; undefined for a
 * line that is not the one of that number. Names are plain words, so that nothing in them is escaped. Pure. Looks for
 * the few characters that matter, since it is called for every line there is.
 */
function lineOf(line: string, number: number): { key: string; says: boolean } | undefined {
  const head = `{"number":${number},"key":{"kind":"`;
  if (!line.startsWith(head)) return undefined;
  const kindEnd = line.indexOf(BETWEEN, head.length);
  const name = kindEnd + BETWEEN.length;
  const nameEnd = kindEnd === -1 ? -1 : line.indexOf('"}', name);
  if (nameEnd === -1) return undefined;
  return { key: `${line.slice(head.length, kindEnd)}/${line.slice(name, nameEnd)}`, says: line[nameEnd + 2] === ',' };
}

const BETWEEN = '","name":"';

/** What an index says last of each object; each line is parsed when somebody asks for it. */
export class ReadIndex {
  readonly #lines: ReadonlyMap<string, string>;

  constructor(lines: ReadonlyMap<string, string>) {
    this.#lines = lines;
  }

  /** Undefined also for a line that is torn: what it was of is read from its own files. */
  get(key: ObjectKey): ReadEntry | undefined {
    const line = parsed(this.#lines.get(keyText(key))) as
      | { entry?: IndexEntry; shown?: { status?: Readonly<Record<string, unknown>> } }
      | undefined;
    return line?.entry && { ...line.entry, ...(line.shown?.status && { status: line.shown.status }) };
  }

  keys(): string[] {
    return [...this.#lines.keys()];
  }
}

export function readIndexText(text: string): ReadIndex {
  return new ReadIndex(lastLines(text));
}

function parsed(line: string | undefined): object | undefined {
  try {
    const value = JSON.parse(line ?? '') as unknown;
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
