import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Bytes of a body that are read: fifty comments of 60,000 characters are half of it. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Bytes of the head of an answer: proxies set many cookies and long policies, 16 KiB are not enough for all. */
const MAX_HEADER_BYTES = 256 * 1024;

export interface Sent {
  method: string;
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
  signal: AbortSignal;
}

export interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  /** UTF-8, without a byte order mark. */
  text: string;
}

/** An answer that cannot be used, whatever its status. */
export class UnusableAnswer extends Error {}

/**
 * One request on a connection of its own; redirects are not followed. @throws UnusableAnswer for a body that is too long
 * or compressed, which nobody asked for; what Node says of a connection that failed.
 */
export async function exchange(url: URL, { method, headers, body, signal }: Sent): Promise<Received> {
  const { promise, resolve, reject } = Promise.withResolvers<Received>();
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const sent = start(url, {
    method,
    agent: false,
    signal,
    maxHeaderSize: MAX_HEADER_BYTES,
    headers: { ...headers, ...length, 'accept-encoding': 'identity', connection: 'close' },
  });
  let answered = false;
  sent.on('error', reject);
  // An answer that is none (an upgrade) ends the request without an error.
  sent.on('close', () => answered || reject(new UnusableAnswer('the connection was closed without an answer')));
  sent.on('response', (response) => {
    answered = true;
    void received(response)
      .then(resolve, reject)
      .finally(() => sent.destroy());
  });
  sent.end(body);
  return await promise;
}

async function received(response: IncomingMessage): Promise<Received> {
  const { statusCode: status = 0, headers } = response;
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    response.on('error', () => {});
    throw new UnusableAnswer('the answer is compressed');
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new UnusableAnswer(`an answer of more than ${MAX_BODY_BYTES} bytes`);
  }
  return { status, headers, text: new TextDecoder().decode(Buffer.concat(chunks)) };
}
