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

/** First line of an index: what follows is counted from 1. */
export const INDEX_HEAD = `${JSON.stringify({ format: FORMAT })}\n`;

/** The line of that number: the object as it is now, or that it is gone. Pure. */
export function indexLine(number: number, key: ObjectKey, now: ShownEntry | undefined): string {
  const { kind, name } = key;
  const head = `{"number":${number},"key":${JSON.stringify({ kind, name })}`;
  if (now === undefined) return `${head}}\n`;
  const shown = now.shown === undefined ? '' : `,"shown":${now.shown.trimEnd()}`;
  return `${head},"entry":${JSON.stringify(now.entry)}${shown}}\n`;
}

interface Line {
  entry?: IndexEntry;
  shown?: { status?: Readonly<Record<string, unknown>> };
}

/** What an index says last of each object; each line is parsed when somebody asks for it. */
export class ReadIndex {
  /** {@link keyText} → its last line. */
  readonly #lines: ReadonlyMap<string, string>;

  constructor(lines: ReadonlyMap<string, string>) {
    this.#lines = lines;
  }

  /** Undefined also for a line that is torn: what it was of is read from its own files. */
  get(key: ObjectKey): ReadEntry | undefined {
    const { entry, shown } = (parsed(this.#lines.get(keyText(key))) as Line | undefined) ?? {};
    return entry && { ...entry, ...(shown?.status && { status: shown.status }) };
  }

  /** Of the objects that there are, in the order of their first lines. */
  keys(): string[] {
    return [...this.#lines.keys()];
  }
}

/** How a line begins; names are plain words, so that nothing in them is escaped. */
const HEAD = /^\{"number":(\d+),"key":\{"kind":"(\w+)","name":"([^"\\]+)"\}(,"entry":)?/;

/** Reads an index up to the first line that is torn or out of turn: of each object the last line counts. Pure. */
export function readIndexText(text: string): ReadIndex {
  const last = new Map<string, string>();
  if (!text.startsWith(INDEX_HEAD)) return new ReadIndex(last);
  const lines = text.slice(INDEX_HEAD.length).split('\n').slice(0, -1);
  for (const [index, line] of lines.entries()) {
    const [, number, kind, name, entry] = HEAD.exec(line) ?? [];
    if (Number(number) !== index + 1) break;
    if (entry === undefined) last.delete(`${kind}/${name}`);
    else last.set(`${kind}/${name}`, line);
  }
  return new ReadIndex(last);
}

function parsed(line: string | undefined): object | undefined {
  try {
    const value = JSON.parse(line ?? '') as unknown;
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
