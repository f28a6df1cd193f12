import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { present } from '../api/objects.ts';
import { type Clock, systemClock } from '../clock.ts';
import { withinDeadline } from '../deadline.ts';
import { CcError } from '../errors.ts';
import type { AppConnection } from './app-connection.ts';
import { NotConnected } from './connection-fault.ts';
import { type HttpBody, readBody } from './http-body.ts';

/** Bytes of the head of an answer: apps set many cookies and long policies, 16 KiB are not enough for all. */
const MAX_HEADER_BYTES = 256 * 1024;

/** `connectTo`: the name and the certificate that is wanted stay those of the URL. */
export interface ExchangeOptions extends AppConnection {
  /** Default `GET`. */
  method?: string;
  body?: string;
  /** Of the body; default: JSON where it starts like JSON, else plain text. */
  contentType?: string;
  /** Deadline of the whole exchange, the body included, milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
  clock?: Clock;
}

export interface HttpAnswer extends HttpBody {
  status: number;
  /** `Content-Type`, lower case, without parameters; empty where there is none. */
  type: string;
  /** `Location`, as it came. */
  location?: string;
}

/**
 * One request on a connection of its own; redirects are not followed. @throws CcError `DeadlineExceeded`;
 * `InvalidInput` for a body that cannot be decoded; the reason of `signal`; what Node says of a connection that failed.
 */
export async function exchange(url: URL, options: ExchangeOptions): Promise<HttpAnswer> {
  const progress = { connected: false };
  const { timeoutMs, clock = systemClock } = options;
  const late = (): CcError =>
    progress.connected
      ? new CcError('DeadlineExceeded', `no complete answer within ${timeoutMs} ms`)
      : new NotConnected(timeoutMs);
  return await withinDeadline({ clock, signal: options.signal, deadlineMs: timeoutMs, late }, (signal) =>
    send(url, { ...options, signal }, progress).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    }),
  );
}

function send(url: URL, options: ExchangeOptions, progress: { connected: boolean }): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = start(url, requestOptions(url, options), (response) => {
      readBody(response)
        .then((body) => resolve({ ...headOf(response), ...body }), reject)
        .finally(() => sent.destroy());
    });
    sent.on('error', reject);
    sent.on('socket', (socket) => {
      socket.once('connect', () => {
        progress.connected = true;
      });
    });
    sent.end(options.body);
  });
}

function headOf({ statusCode = 0, headers }: IncomingMessage): Omit<HttpAnswer, keyof HttpBody> {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  const { location } = headers;
  return { status: statusCode, type: type.trim().toLowerCase(), ...(location === undefined ? {} : { location }) };
}

function requestOptions(url: URL, options: ExchangeOptions): RequestOptions {
  const { body, signal, trust } = options;
  const usual = body !== undefined && /^\s*[[{"]/.test(body) ? 'application/json' : 'text/plain; charset=utf-8';
  const type = options.contentType ?? usual;
  const { host, port } = options.connectTo ?? {};
  return {
    method: options.method ?? 'GET',
    agent: false,
    signal,
    maxHeaderSize: MAX_HEADER_BYTES,
    headers: {
      host: url.host,
      connection: 'close',
      'user-agent': 'cc-ci',
      accept: '*/*',
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
    },
    ...(host === undefined ? {} : { hostname: host, ...serverName(url) }),
    ...present({ port, secureContext: trust }),
  };
}

/** Addresses are no names that TLS could ask for (RFC 6066, section 3). */
function serverName({ hostname }: URL): { servername?: string } {
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: hostname } : {};
}
