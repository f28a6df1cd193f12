import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a fake engine was asked. */
export interface FakeCall {
  method: string;
  /** With version and query, as sent. */
  url: string;
  body: string;
}

export type FakeAnswer = (response: ServerResponse, call: FakeCall) => void;

/** JSON with a status. */
export function says(status: number, answer: unknown): FakeAnswer {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };
}

/** Never. */
export const hangs: FakeAnswer = () => {};

/** Breaks the connection off. */
export const breaksOff: FakeAnswer = (response) => void response.socket?.destroy();

export const VERSION = { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' };

/** Output as the engine frames it: 1 is standard output, 2 standard error. */
export function frame(stream: 1 | 2, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

/** An engine on a unix socket that answers as it is told, by method and path without version and query. */
export class FakeDockerServer {
  readonly socketPath: string;
  readonly calls: FakeCall[] = [];
  readonly sockets = new Set<Socket>();
  readonly answers = new Map<string, FakeAnswer>();
  /** Of all calls, the highest number of sockets at once. */
  mostSockets = 0;
  readonly #directory: string;
  #server: Server | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
    this.socketPath = join(directory, 'docker.sock');
    this.answers.set('GET /version', says(200, VERSION));
  }

  static async start(): Promise<FakeDockerServer> {
    const fake = new FakeDockerServer(await mkdtemp(join(tmpdir(), 'cc-ci-engine-')));
    await fake.listen();
    return fake;
  }

  /** How often an endpoint was asked. */
  count(endpoint: string): number {
    return this.calls.filter((call) => endpointOf(call.method, call.url) === endpoint).length;
  }

  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.#take(request, response));
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      this.mostSockets = Math.max(this.mostSockets, this.sockets.size);
      socket.on('error', () => {});
      socket.on('close', () => this.sockets.delete(socket));
    });
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      this.calls.push({ method: request.method ?? '', url: request.url ?? '', body: '' });
      this.#upgrade(socket);
    });
    await new Promise<void>((resolve) => server.listen(this.socketPath, resolve));
    this.#server = server;
  }

  /** What a hijacked connection gets; default: nothing, and its end. */
  onUpgrade: (socket: Socket) => void = (socket) => void socket.end();

  /** Breaks all connections off and takes no more. */
  async stopListening(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  async remove(): Promise<void> {
    await this.stopListening();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #upgrade(socket: Socket): void {
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    this.onUpgrade(socket);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = '', url = '' } = request;
    const call = { method, url, body: Buffer.concat(chunks).toString('utf8') };
    this.calls.push(call);
    const answer = this.answers.get(endpointOf(method, url)) ?? says(404, { message: 'page not found' });
    answer(response, call);
  }
}

function endpointOf(method: string, url: string): string {
  return `${method} ${url.replace(/^\/v\d+\.\d+/, '').replace(/\?.*$/, '')}`;
}
