import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

/** What the gate does with a request instead of passing it on. `…After`: it is passed on first, and the answer is lost. */
export type Conduct =
  | 'Hang'
  | 'Reset'
  | 'ResetAfter'
  | 'Cut' // half of an answer
  | 'Garbage' // 200, and a page
  | 'Empty' // 200, and nothing
  | 'Null' // 200, and JSON that is no object
  | 'Endless' // 200, and no end of it
  | 'Another' // 200, and another realm than the one that was asked for
  | 'Compressed'
  | 'Redirect'
  | 'Echo' // 500, and what was sent
  | 'NotFound' // as a proxy without a route says it
  | { status: number }
  | { lateMs: number };

export interface GateRule {
  conduct: Conduct;
  /** `METHOD /path`; default: every request. */
  on?: RegExp;
  /** Default: every time. */
  times?: number;
}

type Plain = Exclude<Conduct, 'Hang' | 'Reset' | 'ResetAfter' | 'Cut' | 'Echo' | 'Endless' | object>;

const CHUNK = Buffer.alloc(64 * 1024, 'x');
const ZEROS = gzipSync(Buffer.alloc(8 * 1024 * 1024));
/** Clients that are told so keep a connection open, unless they close it. */
const KEEP_ALIVE_S = 600;

/** What is said, whatever was asked. */
const ANSWERS: Readonly<Record<Plain, { head: [number, Record<string, string>]; body: string | Buffer }>> = {
  Garbage: { head: [200, { 'content-type': 'text/html' }], body: '<html>Back soon</html>' },
  Empty: { head: [200, {}], body: '' },
  Null: { head: [200, { 'content-type': 'application/json' }], body: 'null' },
  Another: { head: [200, { 'content-type': 'application/json' }], body: '{"realm":"another-0a1b2c","attributes":{}}' },
  Compressed: { head: [200, { 'content-encoding': 'gzip' }], body: ZEROS },
  Redirect: { head: [302, { location: 'http://127.0.0.1:1/' }], body: '' },
  NotFound: { head: [404, { 'content-type': 'text/plain' }], body: '404 page not found\n' },
};

/** A way to an HTTP server that fails as it is told. */
export class Gate {
  readonly #server: Server;
  readonly #upstreamPort: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  #rules: { rule: GateRule; left: number }[] = [];
  #struck: () => void = () => {};
  /** `METHOD /path` of all that came. */
  readonly seen: string[] = [];
  /** The bodies that came. */
  readonly bodies: string[] = [];

  private constructor(upstreamPort: number) {
    this.#upstreamPort = upstreamPort;
    this.#server = createServer(
      (asked, answer) => void this.#handle(asked, answer).catch(() => asked.socket.destroy()),
    );
  }

  /** @param port default: a free one. */
  static async open(upstreamPort: number, port = 0): Promise<Gate> {
    const gate = new Gate(upstreamPort);
    await new Promise<void>((resolve) => gate.#server.listen(port, '127.0.0.1', resolve));
    return gate;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Rules are asked in their order. Resolves when the rule is applied for the first time. */
  fail(rule: GateRule): Promise<void> {
    this.#rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
    return new Promise((resolve) => {
      this.#struck = resolve;
    });
  }

  /** Passes everything on again, and forgets what came. */
  heal(): void {
    this.#rules = [];
    this.seen.length = 0;
    this.bodies.length = 0;
  }

  /** Connections that are open now. */
  async connections(): Promise<number> {
    return await promisify(this.#server.getConnections.bind(this.#server))();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bodyOf(asked);
    const line = `${asked.method} ${asked.url?.split('?')[0]}`;
    this.seen.push(line);
    this.bodies.push(body.toString('utf8'));
    const hit = this.#rules.find(({ rule, left }) => left > 0 && (rule.on?.test(line) ?? true));
    if (hit === undefined) {
      await this.#pass(asked, answer, body);
      return;
    }
    hit.left -= 1;
    this.#struck();
    await this.#fail(hit.rule.conduct, { asked, answer, body });
  }

  async #fail(
    conduct: Conduct,
    exchange: { asked: IncomingMessage; answer: ServerResponse; body: Buffer },
  ): Promise<void> {
    const { asked, answer, body } = exchange;
    if (typeof conduct === 'object') {
      this.#failBy(conduct, exchange);
      return;
    }
    switch (conduct) {
      case 'Hang':
        return;
      case 'Reset':
        asked.socket.destroy();
        return;
      case 'ResetAfter':
        await this.#forward(asked, body);
        asked.socket.destroy();
        return;
      case 'Cut':
        answer.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
        answer.write('{"realm":', () => asked.socket.destroy());
        return;
      case 'Endless':
        answer.writeHead(200, { 'content-type': 'application/json' });
        pour(answer);
        return;
      case 'Echo':
        send(answer, 500, body);
        return;
      default:
        answer.writeHead(...ANSWERS[conduct].head).end(ANSWERS[conduct].body);
    }
  }

  #failBy(
    conduct: Extract<Conduct, object>,
    { asked, answer, body }: { asked: IncomingMessage; answer: ServerResponse; body: Buffer },
  ): void {
    if ('status' in conduct) {
      send(answer, conduct.status, JSON.stringify({ error: `HTTP ${conduct.status}` }));
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#pass(asked, answer, body).catch(() => asked.socket.destroy());
    }, conduct.lateMs);
    this.#timers.add(timer);
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse, body: Buffer): Promise<void> {
    const { status, headers, body: said } = await this.#forward(asked, body);
    answer.writeHead(status, { ...headers, 'keep-alive': `timeout=${KEEP_ALIVE_S}` }).end(said);
  }

  #forward(
    { method, url, headers }: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#upstreamPort, method, path: url, headers, agent: false };
      const sent = request(options, (response) => {
        const { 'transfer-encoding': _, ...kept } = response.headers;
        bodyOf(response).then(
          (said) => resolve({ status: response.statusCode ?? 0, headers: kept, body: said }),
          reject,
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** As much as is taken, until the other side closes. */
function pour(answer: ServerResponse): void {
  while (!answer.destroyed && answer.write(CHUNK));
  if (!answer.destroyed) answer.once('drain', () => pour(answer));
}

function send(answer: ServerResponse, status: number, body: string | Buffer): void {
  answer.writeHead(status, { 'content-type': 'application/json' }).end(body);
}
