import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Bytes of an answer that are read, where it says why the request was not taken. */
const MOST_ANSWER_BYTES = 4096;

export interface PostOptions {
  headers: Readonly<Record<string, string>>;
  body: string;
  signal: AbortSignal;
}

export interface PostAnswer {
  status: number;
  /** The beginning of the body; empty for a status from 200 to 299, which is believed by itself. */
  text: string;
}

/**
 * One POST on a connection of its own; redirects are not followed, and of the answer no more is read than its beginning.
 * @throws the reason of `signal`; what Node says of a connection that failed.
 */
export async function post(url: URL, { headers, body, signal }: PostOptions): Promise<PostAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<PostAnswer>();
  let answered = false;
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const sent = start(url, { method: 'POST', agent: false, signal, headers: { ...headers, connection: 'close' } });
  sent.on('error', (error) => reject(signal.aborted ? signal.reason : error));
  // An answer that is none (an upgrade) ends the request without an error.
  sent.on('close', () => answered || reject(new Error('closed without an answer')));
  sent.on('response', (response) => {
    answered = true;
    void answerOf(response).then((answer) => {
      resolve(answer);
      sent.destroy();
    });
  });
  sent.end(body);
  return await promise;
}

/** Never fails: what came of a body that broke off is all there is. */
async function answerOf(response: IncomingMessage): Promise<PostAnswer> {
  const { statusCode: status = 0 } = response;
  const chunks: Buffer[] = [];
  let length = 0;
  // A request that is destroyed ends its response by an error, too.
  response.on('error', () => {});
  if (isTaken(status)) return { status, text: '' };
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= MOST_ANSWER_BYTES) break;
    }
  } catch {}
  return { status, text: Buffer.concat(chunks).subarray(0, MOST_ANSWER_BYTES).toString('utf8') };
}

/** Whether the status says that the request was taken. Pure. */
export function isTaken(status: number): boolean {
  return status >= 200 && status < 300;
}
