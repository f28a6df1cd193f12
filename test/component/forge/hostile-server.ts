import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON, but for a string. */
  body?: unknown;
}

export type Conduct = (request: IncomingMessage, response: ServerResponse) => Reply | undefined;

/** A server on 127.0.0.1 that says whatever it is told to; undefined: the conduct has answered, or never will. */
export class HostileServer {
  conduct: Conduct = () => ({ status: 500 });
  readonly requests: { method: string; url: string; authorization: string | undefined }[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const { method = '', url = '' } = request;
      this.requests.push({ method, url, authorization: request.headers.authorization });
      const reply = this.conduct(request, response);
      if (reply === undefined) return;
      const { status = 200, headers = {}, body = '' } = reply;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  static async start(): Promise<HostileServer> {
    const one = new HostileServer();
    await new Promise<void>((resolve) => one.#server.listen(0, '127.0.0.1', resolve));
    return one;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
