import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerTo, loginOf } from './api.ts';
import { type Call, type Conduct, Faults } from './faults.ts';
import { serveGit } from './git-http.ts';
import type { Answer } from './router.ts';
import type { World } from './world.ts';

/**
 * Called before a request is carried out, and after that before it is answered; it is waited for. `Drop` before: it is
 * not carried out; after: the answer is lost.
 */
export type OnCall = (call: Call, moment: 'Before' | 'After') => Promise<'Drop' | undefined>;

/** The forge on a port of 127.0.0.1, which it keeps when it goes away and comes back. */
export class GiteaServer {
  readonly calls: Call[] = [];
  readonly faults = new Faults();
  onCall: OnCall | undefined;
  readonly #world: World;
  readonly #path: string;
  #server: Server | undefined;
  #port = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param path what comes before everything; empty, or with a slash in front. */
  constructor(world: World, path: string) {
    this.#world = world;
    this.#path = path;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}${this.#path}`;
  }

  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      response.sendDate = false;
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Connections are refused from now on, and those that are open are closed. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** One after the other, as the transactions of a forge. */
  async serially<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return await done;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const below = url.pathname.startsWith(`${this.#path}/`) ? url.pathname.slice(this.#path.length) : undefined;
    if (below === undefined || !below.startsWith('/api/v1/')) {
      if (below !== undefined && serveGit(this.#world, request, response, below)) return;
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html><body>Not found</body></html>');
      return;
    }
    const json = await readJson(request);
    const { method = 'GET' } = request;
    const { authorization } = request.headers;
    const login = loginOf(this.#world, authorization);
    const call: Call = { method, path: url.pathname, query: url.searchParams, json, login, status: undefined };
    this.calls.push(call);
    if ((await this.onCall?.(call, 'Before')) === 'Drop') return void request.socket.destroy();
    const conduct = this.faults.take(call);
    if (isInstead(conduct)) return this.#instead(call, conduct, response);
    if (typeof conduct === 'object') await conduct.until;
    const asked = { method, path: below, query: url.searchParams, json, authorization };
    const answer = await this.serially(() => answerTo(this.#world, asked));
    const dropped = (await this.onCall?.(call, 'After')) === 'Drop';
    if (dropped || conduct === 'ResetAfter') return void request.socket.destroy();
    call.status = answer.status;
    this.#write(response, answer, conduct === 'Cut');
  }

  #instead(call: Call, conduct: Instead, response: ServerResponse): void {
    if (conduct === 'Reset') return void response.socket?.destroy();
    const { status, headers, body } = typeof conduct === 'object' ? conduct : INSTEAD[conduct];
    call.status = status;
    response
      .writeHead(status, { ...this.#date(), 'content-type': 'text/html', ...headers })
      .end(body ?? '<html></html>');
  }

  #write(response: ServerResponse, { status, json, headers }: Answer, cut: boolean): void {
    const body = json === undefined ? '' : `${JSON.stringify(json)}\n`;
    const length = { 'content-length': Buffer.byteLength(body) };
    const type = json === undefined ? {} : { 'content-type': 'application/json;charset=utf-8' };
    response.writeHead(status, { ...this.#date(), ...type, ...(status === 204 ? {} : length), ...headers });
    if (!cut) return void response.end(body);
    response.write(body.slice(0, body.length / 2), () => response.socket?.destroy());
  }

  #date(): { date: string } {
    return { date: new Date(this.#world.now()).toUTCString() };
  }
}

type Instead = Exclude<Conduct, 'ResetAfter' | 'Cut' | { until: Promise<unknown> }>;

const INSTEAD: Readonly<Record<'Page' | 'Redirect', Exclude<Instead, string>>> = {
  Page: { status: 200, body: '<html><body>Back soon</body></html>' },
  Redirect: { status: 302, headers: { location: 'http://127.0.0.1:1/api/v1/user' }, body: '' },
};

function isInstead(conduct: Conduct | undefined): conduct is Instead {
  if (typeof conduct === 'object') return 'status' in conduct;
  return conduct !== undefined && conduct !== 'ResetAfter' && conduct !== 'Cut';
}

/** Undefined for no body, and for one that is no JSON. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
