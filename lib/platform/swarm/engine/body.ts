import type { Readable } from 'node:stream';

/**
 * Reads a stream to its end and destroys it in any case.
 * @throws RangeError past `limitBytes`; what the stream fails with, also when it ends before its announced length.
 */
export async function readBody(stream: Readable, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw new RangeError(`more than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A line may be so long, bytes; a longer one is dropped. */
const LINE_LIMIT = 1024 * 1024;

/** Gives the lines of a stream as they come, without their ends; empty and overlong ones are left out. */
export async function* readLines(stream: Readable): AsyncGenerator<string> {
  let pending: Buffer = Buffer.alloc(0);
  let overlong = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const line = Buffer.concat([pending, chunk.subarray(from, at)])
        .toString('utf8')
        .trim();
      if (line !== '' && !overlong) yield line;
      pending = Buffer.alloc(0);
      overlong = false;
      from = at + 1;
    }
    pending = Buffer.concat([pending, chunk.subarray(from)]);
    if (pending.length > LINE_LIMIT) {
      overlong = true;
      pending = Buffer.alloc(0);
    }
  }
  const last = pending.toString('utf8').trim();
  if (last !== '' && !overlong) yield last;
}
