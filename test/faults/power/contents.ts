import type { Change } from './disk.ts';

/** Bytes of a file that is written again and again: room is made ahead, so that a log costs no copy for each line. */
interface Growing {
  bytes: Buffer;
  size: number;
}

/** Contents of files by inode, as one change after the other leaves them. */
export class Contents {
  readonly #files = new Map<number, Growing>();
  readonly #baseOf: (inode: number) => Buffer;

  /** @param baseOf content before the first change. */
  constructor(baseOf: (inode: number) => Buffer) {
    this.#baseOf = baseOf;
  }

  /** A view that the next change may change. */
  of(inode: number): Buffer {
    const file = this.#files.get(inode);
    return file === undefined ? this.#baseOf(inode) : file.bytes.subarray(0, file.size);
  }

  /** Changes of other sorts than content change nothing. */
  apply(change: Change): void {
    if (change.type === 'Replace') this.#write(change.inode, change.bytes, { offset: 0, size: change.bytes.length });
    if (change.type === 'Size') this.#write(change.inode, Buffer.alloc(0), { offset: 0, size: change.size });
    if (change.type !== 'Write') return;
    const { inode, offset, bytes } = change;
    this.#write(inode, bytes, { offset, size: Math.max(this.#sizeOf(inode), offset + bytes.length) });
  }

  #sizeOf(inode: number): number {
    return this.#files.get(inode)?.size ?? this.#baseOf(inode).length;
  }

  #write(inode: number, bytes: Buffer, { offset, size }: { offset: number; size: number }): void {
    const file = this.#files.get(inode) ?? grown(this.#baseOf(inode), size);
    const roomy = file.bytes.length >= size ? file : grown(this.of(inode), size);
    // What a file had beyond its end once is zero when it grows again.
    if (size > roomy.size) roomy.bytes.fill(0, roomy.size, size);
    bytes.copy(roomy.bytes, offset);
    roomy.size = size;
    this.#files.set(inode, roomy);
  }
}

function grown(before: Buffer, size: number): Growing {
  const bytes = Buffer.alloc(Math.max(2 * size, before.length));
  before.copy(bytes);
  return { bytes, size: Math.min(before.length, bytes.length) };
}
