import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CcError, orNothing } from '../errors.ts';
import { openFileBeneath } from '../fs/beneath.ts';
import { closing } from '../fs/closing.ts';

/** So much of both ends of a dump is looked at, bytes. */
const EDGE_BYTES = 4096;

/**
 * How dumps in plain text say what they are, and that they are whole: the comments that `pg_dumpall`, `pg_dump`,
 * `mysqldump` and `mariadb-dump` write unless told not to. The first that fits counts: the dump of a cluster holds those
 * of its databases.
 */
const DUMPS: readonly { begin: RegExp; end: RegExp }[] = [
  { begin: /^-- PostgreSQL database cluster dump$/m, end: /^-- PostgreSQL database cluster dump complete$/m },
  { begin: /^-- PostgreSQL database dump$/m, end: /^-- PostgreSQL database dump complete$/m },
  { begin: /^-- (?:MySQL|MariaDB) dump /m, end: /^-- Dump completed/m },
];

/**
 * What shows that a file which a backup hook made is no whole dump: it is empty, its gzip stream is cut off, or a dump
 * in plain text lacks its last words. Undefined: nothing is wrong that can be told from outside; also for what is no
 * regular file. Follows no link. @throws CcError `Aborted`; system errors as they are.
 */
export async function dumpFault(path: string, signal: AbortSignal): Promise<string | undefined> {
  const file = await orNothing(openFileBeneath(dirname(path), basename(path)), 'Refused');
  return await closing(file, (open) => faultOf(open, signal));
}

async function faultOf(file: FileHandle, signal: AbortSignal): Promise<string | undefined> {
  const { size } = await file.stat();
  if (size === 0) return 'is empty';
  const plain = await edgesOf(file, size);
  const edges = plain.head[0] === 0x1f && plain.head[1] === 0x8b ? await unpackedEdges(file, signal) : plain;
  if (edges === undefined) return 'is a gzip file that is cut off or damaged';
  const head = edges.head.toString('latin1');
  const dump = DUMPS.find(({ begin }) => begin.test(head));
  if (dump === undefined || dump.end.test(edges.tail.toString('latin1'))) return undefined;
  return 'is a dump of a database that breaks off before its end';
}

interface Edges {
  head: Buffer;
  tail: Buffer;
}

async function edgesOf(file: FileHandle, size: number): Promise<Edges> {
  const length = Math.min(EDGE_BYTES, size);
  const [head, tail] = [Buffer.alloc(length), Buffer.alloc(length)];
  await file.read(head, 0, length, 0);
  await file.read(tail, 0, length, size - length);
  return { head, tail };
}

/** Both ends of what a gzip file holds, which is read through; undefined where it cannot be unpacked to its end. */
async function unpackedEdges(file: FileHandle, signal: AbortSignal): Promise<Edges | undefined> {
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (head.length < EDGE_BYTES) head = Buffer.concat([head, chunk]).subarray(0, EDGE_BYTES);
      tail = Buffer.concat([tail, chunk.subarray(-EDGE_BYTES)]).subarray(-EDGE_BYTES);
      done();
    },
  });
  try {
    await pipeline(file.createReadStream({ start: 0, autoClose: false }), createGunzip(), sink, { signal });
    return { head, tail };
  } catch (error) {
    if (signal.aborted) throw new CcError('Aborted', 'the check of a dump was cut off', { cause: error });
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) return undefined;
    throw error;
  }
}
