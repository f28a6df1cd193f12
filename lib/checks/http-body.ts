import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { markedEncoding } from '../byte-order-mark.ts';
import { CcError } from '../errors.ts';

/** Bytes of a body that are read, and so many of what it is decoded to; what comes after is not looked at. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Hardly any server applies more than one; each costs a decoder. */
const MAX_CODINGS = 3;
/** A page names its charset in here (HTML, section 4.2.5.4). */
const PRESCAN_BYTES = 1024;

export interface HttpBody {
  text: string;
  /** There was more than the first MiB. */
  cut: boolean;
}

interface Bytes {
  bytes: Buffer;
  cut: boolean;
}

/** Makes a decoder for a body with this first byte. */
type Coding = (first: number) => Transform;

/** A body that was cut is decoded as far as it goes. */
const LENIENT = { finishFlush: constants.Z_SYNC_FLUSH };

/** Content codings (RFC 9110, section 8.4.1). Some servers send `deflate` without the zlib header that belongs to it. */
const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: () => createGunzip(LENIENT),
  'x-gzip': () => createGunzip(LENIENT),
  deflate: (first) => ((first & 0x0f) === 8 ? createInflate(LENIENT) : createInflateRaw(LENIENT)),
  br: () => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH }),
};

/**
 * The body of an answer as text: gzip, deflate and Brotli are taken off, whether or not anybody asked for them, and the
 * charset is that of the byte order mark, of the header, or of the page; else UTF-8. A coding that nobody here knows
 * stays on. Never holds more than the limit, of what comes and of what it is decoded to.
 * @throws CcError `InvalidInput` for a body that is not in the coding that its header names; what the stream throws.
 */
export async function readBody(response: IncomingMessage): Promise<HttpBody> {
  const { 'content-encoding': encoding, 'content-type': type = '' } = response.headers;
  let body = await collect(response);
  for (const [name, coding] of codingsOf(encoding)) body = await decode(body, { name, coding });
  return { text: textOf(body.bytes, type), cut: body.cut };
}

/** In the order in which they come off; none where one of them is unknown. */
function codingsOf(header = ''): [string, Coding][] {
  const names = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const applied = names.filter((name) => name !== '' && name !== 'identity');
  const known = applied.flatMap((name): [string, Coding][] => {
    const coding = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
    return coding === undefined ? [] : [[name, coding]];
  });
  return known.length < applied.length || known.length > MAX_CODINGS ? [] : known.toReversed();
}

async function collect(stream: Readable): Promise<Bytes> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BODY_BYTES) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES), cut: length > MAX_BODY_BYTES };
}

async function decode({ bytes, cut }: Bytes, { name, coding }: { name: string; coding: Coding }): Promise<Bytes> {
  const [first] = bytes;
  if (first === undefined) return { bytes, cut };
  const decoder = coding(first);
  decoder.end(bytes);
  try {
    const decoded = await collect(decoder);
    return { ...decoded, cut: cut || decoded.cut };
  } catch (cause) {
    throw new CcError('InvalidInput', `the body is not ${name}, which its header names`, { cause });
  }
}

/** A byte order mark goes before all else. */
function textOf(bytes: Buffer, type: string): string {
  const inPage = (): string | undefined => charsetIn(bytes.subarray(0, PRESCAN_BYTES).toString('latin1'));
  const label = markedEncoding(bytes) ?? charsetIn(type) ?? inPage();
  return decodeAs(label ?? 'utf-8', bytes);
}

/** Of a header, or of the `meta` element of a page. */
function charsetIn(text: string): string | undefined {
  return /\bcharset\s*=\s*["']?\s*([\w.:-]{1,40})/i.exec(text)?.[1];
}

/** A name that nobody knows says nothing. */
function decodeAs(label: string, bytes: Buffer): string {
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder('utf-8').decode(bytes);
  }
}
