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
  number: number;
  key: ObjectKey;
  entry?: IndexEntry;
  shown?: { status?: Readonly<Record<string, unknown>> };
}

/** What an index says last of each object, by {@link keyText}: up to the first line that is torn or out of turn. Pure. */
export function readIndexText(text: string): Map<string, ReadEntry> {
  const entries = new Map<string, ReadEntry>();
  const [head, ...lines] = text.split('\n').slice(0, -1);
  if ((parsed(head) as { format?: unknown } | undefined)?.format !== FORMAT) return entries;
  for (const [index, line] of lines.entries()) {
    const value = parsed(line) as Line | undefined;
    if (value?.number !== index + 1) break;
    const { key, entry, shown } = value;
    if (entry === undefined) entries.delete(keyText(key));
    else entries.set(keyText(key), { ...entry, ...(shown?.status && { status: shown.status }) });
  }
  return entries;
}

function parsed(line: string | undefined): object | undefined {
  try {
    const value = JSON.parse(line ?? '') as unknown;
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
