import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { cutAtDeadline } from '../deadline.ts';
import { CcError, explainError, systemCode } from '../errors.ts';
import type { Log } from '../log.ts';

const LIMITS = {
  headerBytes: 8 * 1024,
  /** Headers and whole requests, milliseconds. */
  requestMs: 5_000,
  idleMs: 5_000,
  /** Of a client that does not take what it asked for, milliseconds. */
  socketMs: 10_000,
  answerMs: 10_000,
  /** For answers under way at a stop, milliseconds. */
  stopMs: 1_000,
  connections: 32,
} as const;

/** What a path answers. */
export interface Answer {
  status: 200 | 503;
  type: string;
  body: string;
}

/** By path; what it throws becomes a 500 without a word of it. */
export type Routes = Readonly<Record<string, (accept: string | undefined) => Promise<Answer>>>;

export interface HttpServerOptions {
  host: string;
  port: number;
  routes: Routes;
  clock: Clock;
  log: Log;
}

/** Answers GET and HEAD of a few paths. Nothing that a client sends is kept, and none holds it up for long. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: Server;

  private constructor(options: HttpServerOptions) {
    this.#options = options;
    const { requestMs } = LIMITS;
    const limits = { maxHeaderSize: LIMITS.headerBytes, headersTimeout: requestMs, requestTimeout: requestMs };
    const server = createServer(
      { ...limits, keepAliveTimeout: LIMITS.idleMs, connectionsCheckingInterval: 1_000 },
      (request, response) => void this.#serve(request, response),
    );
    server.maxConnections = LIMITS.connections;
    server.timeout = LIMITS.socketMs;
    this.#server = server;
  }

  /**
   * Listens.
   * @throws CcError `Conflict` where the port is taken, `Misconfigured` where the address is not one of this host's, or
   * not for this user.
   */
  static async open(options: HttpServerOptions): Promise<HttpServer> {
    const own = new HttpServer(options);
    const { host, port, log } = options;
    await new Promise<void>((resolve, reject) => {
      own.#server.once('error', (cause) => reject(cannotListen(`${bracketed(host)}:${port}`, cause)));
      own.#server.listen({ host, port, exclusive: true }, resolve);
    });
    own.#server.removeAllListeners('error');
    own.#server.on('error', (error) => log.warn('the metrics server has a fault', { error: explainError(error) }));
    return own;
  }

  /** Where it listens: the port that was given, or chosen where that was 0. */
  get port(): number {
    const address = this.#server.address();
    return address === null || typeof address === 'string' ? 0 : address.port;
  }

  /** Takes no more connections, gives answers under way a second, and ends the others. Idempotent. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = this.#options.clock.after(LIMITS.stopMs, () => this.#server.closeAllConnections());
    await closed;
    timer.cancel();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A body is not asked for: it is thrown away as it comes, and ends by the limits.
    request.resume();
    const { method = '', url = '' } = request;
    const route = this.#routeOf(url);
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(response, { status: 405, body: 'only GET and HEAD are answered here\n' });
    }
    if (route === undefined) {
      const paths = Object.keys(this.#options.routes).join(', ');
      return send(response, { status: 404, body: `there is nothing here; there are ${paths}\n` });
    }
    send(response, await this.#answer(route, request.headers.accept));
  }

  #routeOf(url: string): Routes[string] | undefined {
    const path = url.split('?', 1)[0] ?? '';
    return Object.hasOwn(this.#options.routes, path) ? this.#options.routes[path] : undefined;
  }

  async #answer(route: Routes[string], accept: string | undefined): Promise<Content> {
    const { clock, log } = this.#options;
    const late = (): CcError => new CcError('DeadlineExceeded', `no answer within ${LIMITS.answerMs} ms`);
    try {
      return await cutAtDeadline({ clock, deadlineMs: LIMITS.answerMs, late }, () => route(accept));
    } catch (error) {
      log.warn('the metrics server could not answer', { error: explainError(error) });
      return { status: 500, body: 'this could not be answered; the log says why\n' };
    }
  }
}

interface Content {
  status: number;
  type?: string;
  body: string;
}

/** Of an answer to HEAD node:http sends the headers alone. */
function send(response: ServerResponse, { status, type = 'text/plain; charset=utf-8', body }: Content): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function cannotListen(address: string, cause: NodeJS.ErrnoException): CcError {
  const code = systemCode(cause) ?? cause.message;
  if (code === 'EADDRINUSE') {
    const remedy = 'End what listens there, or give metrics.listen another port.';
    return new CcError('Conflict', `metrics.listen: ${address} is taken by another program`, { cause, remedy });
  }
  const remedy = 'Give metrics.listen an address of this host, and a port that its user may listen on.';
  return new CcError('Misconfigured', `metrics.listen: nobody can listen on ${address} (${code})`, { cause, remedy });
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
