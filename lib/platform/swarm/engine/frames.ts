import type { Readable } from 'node:stream';

/** A piece of output of a process in a container. */
export interface OutputFrame {
  stream: 'stdout' | 'stderr';
  bytes: Buffer;
}

/** Of the engine's framing: one byte for the stream, three zeros, the length in four bytes, most significant first. */
const HEADER_BYTES = 8;
/** A frame that says to be longer is taken in pieces of at most what has come. */
const WHOLE_LIMIT = 1024 * 1024;

/**
 * Takes apart the engine's framed output (engine API, "Attach to a container"). What does not begin like a frame, the
 * output of a terminal, is given in whole lines. Frames are whole unless they pass 1 MiB; what is left of one when the stream ends is given too.
 */
export async function* readFrames(stream: Readable): AsyncGenerator<OutputFrame> {
  const cutter = new FrameCutter();
  for await (const chunk of stream as AsyncIterable<Buffer>) yield* cutter.push(chunk);
  yield* cutter.end();
}

class FrameCutter {
  #pending: Buffer[] = [];
  #bytes = 0;
  #frame: { stream: OutputFrame['stream']; left: number } | undefined;
  #raw = false;

  *push(chunk: Buffer): Generator<OutputFrame> {
    this.#pending.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes > 0) {
      const frame = this.#raw ? this.#wholeLines() : this.#next();
      if (frame === undefined) return;
      if (frame.bytes.length > 0) yield frame;
    }
  }

  *end(): Generator<OutputFrame> {
    if (this.#bytes > 0) yield { stream: this.#frame?.stream ?? 'stdout', bytes: this.#take(this.#bytes) };
  }

  #next(): OutputFrame | undefined {
    if (this.#frame === undefined && !this.#begin()) return this.#raw ? this.#wholeLines() : undefined;
    const { stream, left } = this.#frame ?? { stream: 'stdout' as const, left: 0 };
    if (this.#bytes < left && this.#bytes < WHOLE_LIMIT) return undefined;
    const bytes = this.#take(Math.min(left, this.#bytes));
    this.#frame = left > bytes.length ? { stream, left: left - bytes.length } : undefined;
    return { stream, bytes };
  }

  /** Reads a header; false while it has not all come, or where there is none. */
  #begin(): boolean {
    const first = this.#joined();
    this.#raw = ![0, 1, 2].includes(first[0] ?? 0) || first.subarray(1, 4).some((byte) => byte !== 0);
    if (this.#raw || first.length < HEADER_BYTES) return false;
    this.#take(HEADER_BYTES);
    this.#frame = { stream: first[0] === 2 ? 'stderr' : 'stdout', left: first.readUInt32BE(4) };
    return true;
  }

  /** A terminal's output has no frames: it is cut between lines. */
  #wholeLines(): OutputFrame | undefined {
    const end = this.#joined().lastIndexOf('\n') + 1;
    if (end === 0 && this.#bytes < WHOLE_LIMIT) return undefined;
    return { stream: 'stdout', bytes: this.#take(end === 0 ? this.#bytes : end) };
  }

  #take(count: number): Buffer {
    const all = this.#joined();
    this.#pending = [all.subarray(count)];
    this.#bytes -= count;
    return all.subarray(0, count);
  }

  #joined(): Buffer {
    const [only] = this.#pending;
    const all = this.#pending.length === 1 && only !== undefined ? only : Buffer.concat(this.#pending);
    this.#pending = [all];
    return all;
  }
}
