/** What the records of a tree say, at their places and in the log, and what of them a power cut must not have taken. */
import { createHash } from 'node:crypto';
import { headOfLine } from '../../../lib/fs/record-line.ts';
import { parsed } from '../reader/known-good.ts';
import type { Tree } from './cuts.ts';

const LOG = 'state/records.jsonl';
/** Files that decide what a controller does: whole or not there. Others are projections, which are made again. */
const DECISIVE =
  /^state\/(?:objects\/.*\/(?:object|journal)\.json|claims\/|ports\/|instance\.json|apps\/[^/]+\/(?:platform|restore|ports)\.json|canonicals\/.*\.json|runs\/[^/]+\/(?:resolved|progress)\.json)/;
const OPENING = '{'.charCodeAt(0);
/** Bytes, more than the end of a record with its revision. */
const TAIL = 60;
/** Of a write or a removal under way: nobody reads them. */
const TEMPORARY = /\/\.(?:tmp|trash)-/;

/** Path → the newest revision that can be read of it. */
export type Revisions = ReadonlyMap<string, number>;

/** Reads the log of one tree after the other, each content once. */
export class RecordsOfTrees {
  readonly #logs = new Map<string, Revisions>();

  /** Decisive files that are not whole, and of which the log has nothing. */
  tornIn(tree: Tree): string[] {
    const log = this.#logOf(tree);
    return [...tree].flatMap(([path, { kind, bytes }]) => {
      const isTorn =
        kind === 'file' && DECISIVE.test(path) && !TEMPORARY.test(path) && parsed(bytes.toString()) === undefined;
      return isTorn && !log.has(path) ? [`${path} is torn`] : [];
    });
  }

  /** Of all records, those that are in the log only among them. */
  revisionsIn(tree: Tree): Revisions {
    const revisions = new Map(this.#logOf(tree));
    for (const [path, { kind, bytes }] of tree) {
      if (kind !== 'file' || !DECISIVE.test(path) || TEMPORARY.test(path)) continue;
      const revision = revisionIn(bytes);
      if (revision !== undefined) revisions.set(path, Math.max(revision, revisions.get(path) ?? 0));
    }
    return revisions;
  }

  #logOf(tree: Tree): Revisions {
    const bytes = tree.get(LOG)?.bytes ?? Buffer.alloc(0);
    const digest = createHash('sha256').update(bytes).digest('hex');
    const known = this.#logs.get(digest) ?? revisionsOf(bytes);
    this.#logs.set(digest, known);
    return known;
  }
}

/** Records that are older in `found` than they were in `before`; one that is gone was removed, or is another of its name. Pure. */
export function fallenBack(before: Revisions, found: Revisions): string[] {
  return [...before].flatMap(([path, revision]) => {
    const now = found.get(path);
    return now !== undefined && now < revision && now > 1 ? [`${path} fell from version ${revision} to ${now}`] : [];
  });
}

/** Records of which nothing is left though the log was told of no removal. Pure. */
export function lostFrom(before: Revisions, found: Revisions, log: Buffer): string[] {
  const removed = headsIn(log).flatMap(({ path, revision }) => (revision === 0 ? [`state/${path}`] : []));
  const isRemoved = (path: string): boolean => removed.some((one) => path === one || path.startsWith(`${one}/`));
  return [...before.keys()].flatMap((path) => (found.has(path) || isRemoved(path) ? [] : [`${path} is lost`]));
}

/** Of a record that is whole, by its end: there are too many to parse each. */
function revisionIn(bytes: Buffer): number | undefined {
  if (bytes[0] !== OPENING) return undefined;
  const [, revision] = /"recordRevision": (\d+)\n\}\n$/.exec(bytes.toString('latin1', bytes.length - TAIL)) ?? [];
  return revision === undefined ? undefined : Number(revision);
}

function revisionsOf(log: Buffer): Revisions {
  const revisions = new Map<string, number>();
  for (const { path, revision } of headsIn(log)) {
    if (revision > 0) revisions.set(`state/${path}`, revision);
    else for (const one of revisions.keys()) if (`${one}/`.startsWith(`state/${path}/`)) revisions.delete(one);
  }
  return revisions;
}

function headsIn(log: Buffer): { path: string; revision: number }[] {
  const end = log.lastIndexOf(10);
  const lines = log.subarray(0, Math.max(0, end)).toString('latin1').split('\n');
  return lines.flatMap((line) => headOfLine(Buffer.from(line, 'latin1')) ?? []);
}

/** The bytes of the log of a tree. Pure. */
export function logIn(tree: Tree): Buffer {
  return tree.get(LOG)?.bytes ?? Buffer.alloc(0);
}
