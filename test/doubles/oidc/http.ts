import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request, read. */
export interface Asked {
  method: string;
  /** Segments of the path, decoded. */
  path: string[];
  query: URLSearchParams;
  form: URLSearchParams;
  /** Undefined where the body is none. */
  json: unknown;
  /** The token of `Authorization: Bearer`. */
  bearer: string | undefined;
  /** Name and secret of `Authorization: Basic`. */
  basic: [string, string] | undefined;
  /** As the client called this server. */
  origin: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  html?: string;
}

export type Handler = (asked: Asked) => Answer | undefined | Promise<Answer | undefined>;

export const NOT_FOUND: Answer = { status: 404, json: { error: 'Not found' } };

/** An HTTP server on a free port of 127.0.0.1 whose first handler that answers does. */
export async function serve(handlers: readonly Handler[]): Promise<{ port: number; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    answerTo(request, handlers).then(
      ({ status, headers, json, html }) => {
        const type = html === undefined ? 'application/json' : 'text/html; charset=utf-8';
        const body = html ?? (json === undefined ? '' : JSON.stringify(json));
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers }).end(body);
      },
      () => request.socket.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, close };
}

async function answerTo(request: IncomingMessage, handlers: readonly Handler[]): Promise<Answer> {
  const asked = await read(request);
  for (const handler of handlers) {
    const answer = await handler(asked);
    if (answer !== undefined) return answer;
  }
  return NOT_FOUND;
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const origin = `http://${request.headers.host ?? '127.0.0.1'}`;
  const url = new URL(request.url ?? '/', origin);
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const [scheme, given] = (request.headers.authorization ?? '').split(' ');
  return {
    method: request.method ?? 'GET',
    path: url.pathname.split('/').filter(Boolean).map(decodeURIComponent),
    query: url.searchParams,
    form: new URLSearchParams(isForm ? text : ''),
    json: isForm || text === '' ? undefined : JSON.parse(text),
    bearer: scheme === 'Bearer' ? given : undefined,
    basic: scheme === 'Basic' && given !== undefined ? basicOf(given) : undefined,
    origin,
  };
}

function basicOf(given: string): [string, string] {
  const [name = '', secret = ''] = Buffer.from(given, 'base64').toString('utf8').split(':');
  return [decodeURIComponent(name), decodeURIComponent(secret)];
}
