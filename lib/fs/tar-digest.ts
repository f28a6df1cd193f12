import { createHash, type Hash } from 'node:crypto';
import { CcError } from '../errors.ts';
import type { TarEntry, TarVisitor } from './tar-reader.ts';
import { type EntryFacts, type EntryType, quoted, type TreeDigest, TreeLines } from './tree-lines.ts';

/** What an archive says of the tree that it was made of. */
export interface ArchivedTree {
  /** As `treeDigest`, without sockets; undefined where a file has holes, which an archive may tell of without end. */
  found: TreeDigest | undefined;
  /** See {@link ChangeTimes}. */
  changeTimes: string;
}

/** Digest over the change times of all entries but sockets: the same later where nothing was written meanwhile. */
export class ChangeTimes {
  readonly #hash = createHash('sha256');

  /** In the order of `walkTree`. */
  add(path: Buffer, changeTimeNs: bigint): void {
    this.#hash.update(path).update(`\0${changeTimeNs}\0`);
  }

  /** Call once. */
  end(): string {
    return this.#hash.digest('hex');
  }
}

const TYPES: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '2': 'link',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/**
 * Makes the digest of a tree from an archive of it whose names are sorted (`tar --sort=name`): so in the order in which
 * `walkTree` gives them.
 */
export class TarDigest implements TarVisitor {
  readonly #lines = new TreeLines();
  readonly #changeTimes = new ChangeTimes();
  readonly #top: Buffer;
  /** Of entries other than files and directories: tar calls their other names, too, by the first. */
  readonly #others = new Map<string, { type: EntryType; content: string }>();
  #file: { facts: EntryFacts; size: number; hash: Hash } | undefined;
  #hasHoles = false;

  /** @param member what tar was told to archive: `.`, or `./NAME`. */
  constructor(member: string) {
    this.#top = Buffer.from(member);
  }

  entry(entry: TarEntry): void {
    const path = this.#below(entry.path);
    if (entry.changeTimeNs === undefined) throw new CcError('Internal', 'tar did not tell when an entry changed');
    this.#changeTimes.add(path, entry.changeTimeNs);
    this.#hasHoles ||= entry.isSparse;
    const { mode, uid, gid, size } = entry;
    const facts = { path, mode, uid, gid };
    const type = TYPES[entry.type];
    if (entry.type === '1') this.#otherName(facts, this.#below(entry.linkPath));
    else if (type === 'file') this.#file = { facts: { ...facts, type }, size, hash: createHash('sha256') };
    else if (type !== undefined) this.#other({ ...facts, type }, contentOf(entry));
    else throw new CcError('Internal', `tar archived an entry of the unknown type ${entry.type}`);
  }

  content(piece: Buffer): void {
    this.#file?.hash.update(piece);
  }

  entryEnd(): void {
    if (this.#file === undefined) return;
    const { facts, size, hash } = this.#file;
    this.#file = undefined;
    this.#lines.file(facts, hash.digest('hex'), size);
  }

  /** Call once, at the end of the archive. */
  end(): ArchivedTree {
    return {
      found: this.#hasHoles ? undefined : this.#lines.end(),
      changeTimes: this.#changeTimes.end(),
    };
  }

  #other(facts: EntryFacts, content: string): void {
    const { type, path } = facts;
    if (type !== 'directory') this.#others.set(path.toString('latin1'), { type, content });
    this.#lines.other(facts, content);
  }

  #otherName(facts: Omit<EntryFacts, 'type'>, first: Buffer): void {
    const other = this.#others.get(first.toString('latin1'));
    if (other === undefined) this.#lines.sameFile({ ...facts, type: 'file' }, first);
    else this.#lines.other({ ...facts, type: other.type }, other.content);
  }

  /** Without what was archived, and the slash that ends a directory. */
  #below(path: Buffer): Buffer {
    const end = path.at(-1) === 0x2f ? path.length - 1 : path.length;
    return path.subarray(Math.min(this.#top.length + 1, end), end);
  }
}

function contentOf({ type, linkPath, major, minor }: TarEntry): string {
  if (type === '2') return quoted(linkPath);
  return type === '3' || type === '4' ? deviceNumber(major, minor) : '';
}

/** As the C library of Linux makes one number of them. */
function deviceNumber(major: number, minor: number): string {
  const [high, low] = [BigInt(major), BigInt(minor)];
  const number = ((high & 0xfffn) << 8n) | (low & 0xffn) | ((low & ~0xffn) << 12n) | ((high & ~0xfffn) << 32n);
  return String(number);
}
