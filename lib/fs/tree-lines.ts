import { createHash } from 'node:crypto';
import { printablePath } from './join-inside.ts';

/** What a tree holds. */
export interface TreeDigest {
  /** `sha256:` and 64 hexadecimal digits. */
  digest: string;
  /** Regular files, each name of a hard-linked one counted. */
  files: number;
  /** Sum of the regular files' sizes (holes included), a hard-linked one counted once. */
  bytes: number;
  /** Sockets: not part of the digest, never copied. Printable relative paths. */
  sockets: string[];
}

export type EntryType = 'file' | 'directory' | 'link' | 'fifo' | 'block' | 'character';

/** What is recorded of an entry beside its content. */
export interface EntryFacts {
  /** Relative to the root, `/` between parts; empty for the root itself. */
  path: Buffer;
  type: EntryType;
  /** Permission bits, 12 of them. */
  mode: number;
  uid: bigint | number;
  gid: bigint | number;
}

/**
 * Makes the digest of a tree from its entries, given in the order of `walkTree`, whatever they are read from: one line an
 * entry, unambiguous for any bytes.
 */
export class TreeLines {
  readonly #hash = createHash('sha256');
  readonly #total: TreeDigest = { digest: '', files: 0, bytes: 0, sockets: [] };

  /** @param content of a link its quoted target, of a device its number, else nothing. */
  other(facts: EntryFacts, content: string): void {
    this.#line(facts, content);
  }

  /** A file, or the first name of one. @param content SHA-256 of it, in hexadecimal digits. */
  file(facts: EntryFacts, content: string, size: number): void {
    this.#total.files += 1;
    this.#total.bytes += size;
    this.#line(facts, content);
  }

  /** Another name of the file that was first given as `first`. */
  sameFile(facts: EntryFacts, first: Buffer): void {
    this.#total.files += 1;
    this.#line(facts, `same as ${quoted(first)}`);
  }

  socket(path: Buffer): void {
    this.#total.sockets.push(printablePath(path));
  }

  /** Call once. */
  end(): TreeDigest {
    return { ...this.#total, digest: `sha256:${this.#hash.digest('hex')}` };
  }

  #line({ path, type, mode, uid, gid }: EntryFacts, content: string): void {
    const start = `${quoted(path)} ${type} ${mode.toString(8)} ${uid} ${gid}`;
    this.#hash.update(content === '' ? `${start}\n` : `${start} ${content}\n`);
  }
}

/** Bytes in a line. Pure. */
export function quoted(bytes: Buffer): string {
  return `"${bytes.toString('hex')}"`;
}
