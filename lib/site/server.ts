import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ListenAddress } from '../config/resolved.ts';
import { orNothing } from '../errors.ts';
import { readFileBeneath } from '../fs/beneath.ts';
import type { WrittenFile } from './manifest.ts';
import { POLICY } from './page.ts';
import { OVERVIEW } from './paths.ts';

/** Larger than anything that is written. */
const MOST_BYTES = 64 * 1024 * 1024;
const LIMIT_MS = 10_000;
const CONNECTIONS = 64;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  xml: 'application/atom+xml; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
};

/** What the server shows: a directory, and which files of it are the site's. */
export interface ServedSite {
  path: string;
  files: ReadonlyMap<string, WrittenFile>;
}

/**
 * Serves the files of a site for a look: GET and HEAD, plain HTTP. Only files that the site's manifest names are answered
 * with, whatever else lies in the directory.
 * @returns the server once it listens; closed by the caller. @throws system errors, as EADDRINUSE.
 */
export async function serveSite(site: ServedSite, { host, port }: ListenAddress): Promise<Server> {
  const limits = { requestTimeout: LIMIT_MS, headersTimeout: LIMIT_MS, keepAliveTimeout: LIMIT_MS };
  const server = createServer(limits, (request, response) => {
    answer(site, request, response).catch(() => fail(response, 500));
  });
  server.maxConnections = CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.unref();
  return server;
}

async function answer(site: ServedSite, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = '/' } = request;
  if (method !== 'GET' && method !== 'HEAD') return fail(response, 405, { Allow: 'GET, HEAD' });
  const path = pathOf(url);
  const file = path === undefined ? undefined : site.files.get(path);
  if (path === undefined || file === undefined || file.digest === '') return fail(response, 404);
  const tag = `"${file.digest}"`;
  if (request.headers['if-none-match'] === tag) return fail(response, 304, { ETag: tag });
  const content = await orNothing(readFileBeneath(site.path, path, { maxBytes: MOST_BYTES }), 'Refused');
  if (content === undefined) return fail(response, 404);
  response.writeHead(200, { ...headersOf(path), 'Content-Length': content.length, ETag: tag });
  response.end(method === 'HEAD' ? undefined : content);
}

/** The path below the site that a request means; undefined where it means none. Pure. */
function pathOf(url: string): string | undefined {
  const path = URL.parse(url, 'http://site.invalid')?.pathname.slice(1);
  return path === '' ? OVERVIEW : path;
}

const SAFE = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-cache',
} as const;

function headersOf(path: string): Record<string, string> {
  const extension = path.slice(path.lastIndexOf('.') + 1);
  const isPage = extension === 'html';
  return {
    ...SAFE,
    'Content-Type': TYPES[extension] ?? 'application/octet-stream',
    'Content-Security-Policy': isPage
      ? `${POLICY}; frame-ancestors 'none'`
      : "default-src 'none'; frame-ancestors 'none'",
    // badges stand in pages of other sites
    'Cross-Origin-Resource-Policy': extension === 'svg' ? 'cross-origin' : 'same-origin',
  };
}

function fail(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = status === 304 ? '' : `${status}\n`;
  const type = text === '' ? {} : { 'Content-Type': 'text/plain; charset=utf-8' };
  response.writeHead(status, { ...SAFE, 'Content-Security-Policy': "default-src 'none'", ...type, ...headers });
  response.end(text);
}
