import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';
import { CcError, exhaustionOf } from '../errors.ts';
import type { AppConnection } from './app-connection.ts';
import type { CheckResult } from './check-result.ts';
import { explainConnection } from './connection-fault.ts';

/** Bytes of a body that are read; what comes after is not looked at. */
const MAX_BODY_BYTES = 1024 * 1024;
const EVIDENCE_CHARACTERS = 200;

/** `connectTo`: the name and the certificate that is wanted stay those of the URL. */
export interface HttpCheckOptions extends AppConnection {
  /** Absolute `http:` or `https:` URL. */
  url: string;
  /** Default `GET`. */
  method?: string;
  /** Sent as JSON where it starts like JSON, else as plain text. */
  body?: string;
  /** Accepted status codes; default: every code from 200 to 399. */
  status?: readonly number[];
  /** Text that has to be in the first MiB of the body. */
  contains?: string;
  /** Deadline of the whole exchange, the body included, milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
  clock?: Clock;
}

interface Answer {
  status: number;
  body: string;
  cut: boolean;
}

/**
 * One HTTP exchange on a connection of its own; redirects are not followed. An app that does not answer as wanted is a
 * result, not an exception; the message says what was asked, got and wanted. The evidence may hold what the app said,
 * so mask it before it is kept.
 * @throws CcError `Misconfigured` for an unusable URL; `Aborted` when `signal` trips; `Unreachable` when this machine has
 * no socket to give.
 */
export async function checkHttp(options: HttpCheckOptions): Promise<CheckResult> {
  const url = parseUrl(options.url);
  const asked = `${options.method ?? 'GET'} ${printableUrl(url)}`;
  const wanted = describeWanted(options);
  try {
    const answer = await exchange(url, options);
    return judge(answer, options, { asked, wanted });
  } catch (error) {
    if (options.signal.aborted) throw new CcError('Aborted', `${asked} was aborted`, { cause: error });
    const exhaustion = exhaustionOf(error);
    if (exhaustion !== undefined) throw exhaustion;
    return { ok: false, message: `${asked}: ${explainConnection(error, url)}; wanted ${wanted}` };
  }
}

function judge(answer: Answer, options: HttpCheckOptions, words: { asked: string; wanted: string }): CheckResult {
  const evidence = `status ${answer.status}, body starts ${JSON.stringify(answer.body.slice(0, EVIDENCE_CHARACTERS))}`;
  const got = (what: string): CheckResult => ({
    ok: false,
    message: `${words.asked}: got ${what}; wanted ${words.wanted}`,
    evidence,
  });
  const statusFits = options.status?.includes(answer.status) ?? (answer.status >= 200 && answer.status < 400);
  if (!statusFits) return got(`status ${answer.status}`);
  if (options.contains !== undefined && !answer.body.includes(options.contains)) {
    return got(`status ${answer.status}, text not in the ${answer.cut ? 'first MiB of the ' : ''}body`);
  }
  return { ok: true, message: `${words.asked}: status ${answer.status}`, evidence };
}

function describeWanted(options: HttpCheckOptions): string {
  const status = options.status ? `status ${options.status.join(' or ')}` : 'status 200–399';
  return options.contains === undefined ? status : `${status} and a body with ${JSON.stringify(options.contains)}`;
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new CcError('Misconfigured', `${JSON.stringify(text)} is not an absolute http or https URL`, {
    remedy: 'Give one such as https://{domain} or http://127.0.0.1:{port:app}.',
  });
}

function printableUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

async function exchange(url: URL, options: HttpCheckOptions): Promise<Answer> {
  const deadline = new AbortController();
  const timer = (options.clock ?? systemClock).after(options.timeoutMs, () =>
    deadline.abort(new CcError('DeadlineExceeded', `no complete answer within ${options.timeoutMs} ms`)),
  );
  const onAbort = (): void => deadline.abort(options.signal.reason);
  options.signal.addEventListener('abort', onAbort, { once: true });
  if (options.signal.aborted) onAbort();
  try {
    return await send(url, options, deadline.signal);
  } catch (error) {
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  } finally {
    timer.cancel();
    options.signal.removeEventListener('abort', onAbort);
  }
}

function send(url: URL, options: HttpCheckOptions, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = start(url, requestOptions(url, options, signal), (response) => {
      readBody(response)
        .then((body) => resolve({ status: response.statusCode ?? 0, ...body }), reject)
        .finally(() => sent.destroy());
    });
    sent.on('error', reject);
    sent.end(options.body);
  });
}

function requestOptions(url: URL, options: HttpCheckOptions, signal: AbortSignal): RequestOptions {
  const body = options.body;
  const type = body !== undefined && /^\s*[[{"]/.test(body) ? 'application/json' : 'text/plain; charset=utf-8';
  const { host, port } = options.connectTo ?? {};
  return {
    method: options.method ?? 'GET',
    agent: false,
    signal,
    headers: {
      host: url.host,
      connection: 'close',
      'user-agent': 'cc-ci',
      accept: '*/*',
      ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
    },
    ...(host === undefined ? {} : { hostname: host, ...serverName(url) }),
    ...(port === undefined ? {} : { port }),
    ...(options.trust === undefined ? {} : { secureContext: options.trust }),
  };
}

/** Addresses are no names that TLS could ask for (RFC 6066, section 3). */
function serverName({ hostname }: URL): { servername?: string } {
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: hostname } : {};
}

async function readBody(response: IncomingMessage): Promise<{ body: string; cut: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('utf8'), cut: bytes > MAX_BODY_BYTES };
}
