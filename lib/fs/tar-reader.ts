import { CcError } from '../errors.ts';

/** One entry of an archive, as its header says. Names are bytes, as the archive has them. */
export interface TarEntry {
  path: Buffer;
  /** The letter of the format: `0` file, `1` another name of one, `2` link, `3` character, `4` block, `5` directory, `6` FIFO. */
  type: string;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of content in the archive; of a file with holes others than it has on the disk. */
  size: number;
  /** Of a link its target, of another name the first one; else empty. */
  linkPath: Buffer;
  /** Of a device. */
  major: number;
  minor: number;
  /** Change time, nanoseconds since the epoch; absent where the archive does not tell. */
  changeTimeNs?: bigint;
  /** Holes are stored as a map before the content. */
  isSparse: boolean;
}

/** Told of what is in an archive, in its order. */
export interface TarVisitor {
  entry(entry: TarEntry): void;
  /** The next piece of content of the last entry; its memory is the caller's. */
  content(piece: Buffer): void;
  /** All content of the last entry was given. Called for each entry. */
  entryEnd(): void;
}

const BLOCK = 512;
const EQUALS = 0x3d;
const SPACE = 0x20;

/** Reads an archive of the format that GNU tar calls pax, given in pieces of any length. Keeps none of the contents. */
export class TarReader {
  readonly #visitor: TarVisitor;
  readonly #header = Buffer.alloc(BLOCK);
  #headerBytes = 0;
  /** Bytes that are left of the body, and of what fills its last block. */
  #bodyLeft = 0;
  #fillLeft = 0;
  /** Collects the body of an extended header; undefined in the body of an entry. */
  #extended: Buffer[] | undefined;
  /** Records of the extended header, for the entry that comes. */
  #records = new Map<string, Buffer>();
  #ended = false;

  constructor(visitor: TarVisitor) {
    this.#visitor = visitor;
  }

  /** @throws CcError `Damaged` where it is no such archive. */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#ended; ) at += this.#take(chunk.subarray(at));
  }

  /** @throws CcError `Damaged` where the archive is not at its end. */
  end(): void {
    if (!this.#ended) throw new CcError('Damaged', 'the stream of a copy ended too early');
  }

  /** @returns how many bytes it has used. */
  #take(chunk: Buffer): number {
    if (this.#bodyLeft > 0) return this.#takeBody(chunk.subarray(0, this.#bodyLeft));
    const filled = Math.min(this.#fillLeft, chunk.length);
    this.#fillLeft -= filled;
    return filled > 0 ? filled : this.#takeHeader(chunk);
  }

  #takeBody(piece: Buffer): number {
    this.#bodyLeft -= piece.length;
    if (this.#extended === undefined) this.#visitor.content(piece);
    else this.#extended.push(Buffer.from(piece));
    if (this.#bodyLeft === 0) this.#endBody();
    return piece.length;
  }

  #endBody(): void {
    if (this.#extended === undefined) {
      this.#visitor.entryEnd();
    } else {
      this.#records = recordsOf(Buffer.concat(this.#extended));
      this.#extended = undefined;
    }
  }

  #takeHeader(chunk: Buffer): number {
    const used = chunk.copy(this.#header, this.#headerBytes);
    this.#headerBytes += used;
    if (this.#headerBytes < BLOCK) return used;
    this.#headerBytes = 0;
    if (this.#header.every((byte) => byte === 0)) this.#ended = true;
    else this.#begin(this.#header);
    return used;
  }

  #begin(header: Buffer): void {
    if (header.toString('latin1', 257, 262) !== 'ustar')
      throw new CcError('Damaged', 'the stream of a copy is no archive');
    const type = header.toString('latin1', 156, 157);
    const isExtended = type === 'x';
    const entry = entryOf(header, isExtended ? new Map() : this.#records);
    this.#bodyLeft = entry.size;
    this.#fillLeft = (BLOCK - (entry.size % BLOCK)) % BLOCK;
    this.#extended = isExtended ? [] : undefined;
    if (!isExtended) {
      this.#records = new Map();
      this.#visitor.entry(entry);
    }
    if (entry.size === 0) this.#endBody();
  }
}

function entryOf(header: Buffer, records: ReadonlyMap<string, Buffer>): TarEntry {
  const number = (name: string, start: number, length: number): number => {
    const record = records.get(name);
    return record === undefined ? octal(header, start, length) : Number(record.toString('latin1'));
  };
  const changed = records.get('ctime');
  const type = header.toString('latin1', 156, 157);
  return {
    path: Buffer.from(records.get('GNU.sparse.name') ?? records.get('path') ?? nameOf(header)),
    type: type === '\0' ? '0' : type,
    mode: octal(header, 100, 8) & 0o7777,
    uid: number('uid', 108, 8),
    gid: number('gid', 116, 8),
    size: /[0157]/.test(type) || type === '\0' || type === 'x' ? bodySize(type, number('size', 124, 12)) : 0,
    linkPath: Buffer.from(records.get('linkpath') ?? text(header, 157, 100)),
    major: octal(header, 329, 8),
    minor: octal(header, 337, 8),
    ...(changed === undefined ? {} : { changeTimeNs: nanoseconds(changed.toString('latin1')) }),
    isSparse: records.has('GNU.sparse.major') || records.has('GNU.sparse.realsize'),
  };
}

/** Other names and directories have no body, whatever size they tell. */
function bodySize(type: string, size: number): number {
  return type === '1' || type === '5' ? 0 : size;
}

function nameOf(header: Buffer): Buffer {
  const prefix = text(header, 345, 155);
  const name = text(header, 0, 100);
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

function text(header: Buffer, start: number, length: number): Buffer {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

function octal(header: Buffer, start: number, length: number): number {
  const digits = text(header, start, length).toString('latin1').trim();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** `LENGTH KEY=VALUE\n`, again and again; a value may hold any byte. */
function recordsOf(body: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(SPACE, at);
    const length = Number(body.toString('latin1', at, space));
    const equals = body.indexOf(EQUALS, space);
    if (space < 0 || !(length > 0) || equals < 0)
      throw new CcError('Damaged', 'the stream of a copy has a damaged header');
    records.set(body.toString('latin1', space + 1, equals), body.subarray(equals + 1, at + length - 1));
    at += length;
  }
  return records;
}

/** Of seconds with a fraction. */
function nanoseconds(seconds: string): bigint {
  const [whole = '0', fraction = ''] = seconds.split('.');
  return (
    BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9)) * (whole.startsWith('-') ? -1n : 1n)
  );
}
