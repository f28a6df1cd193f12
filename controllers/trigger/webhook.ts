import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isRecord } from '../../lib/api/objects.ts';
import type { ListenAddress } from '../../lib/config/resolved.ts';
import { CcError, explainError, systemCode } from '../../lib/errors.ts';
import { isSigned, SIGNATURE_HEADERS } from '../../lib/forge/webhook-signature.ts';
import type { Log } from '../../lib/log.ts';

export interface WebhookOptions {
  listen: ListenAddress;
  /** Read at each delivery, so that a new secret counts at once; blanks around it do not. */
  secretFile: string;
  log: Log;
  /** @returns whether the repository is enrolled. */
  wake(repository: string): boolean;
  /** A delivery of a repository that nobody enrolled. */
  stranger(repository: string): void;
}

const MOST_BYTES = 2 ** 20;
/** For a whole request, milliseconds. */
const DEADLINE_MS = 10_000;
/** Events that may bring a command, or move or close a pull request. */
const EVENTS = /^(issue_comment|pull_request(_.*)?|push)$/;

/**
 * Takes deliveries of the forge, which do nothing but wake the poller of their repository: one that is forged, or sent
 * again, can do nothing else.
 */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #server: Server;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#server = createServer({ requestTimeout: DEADLINE_MS, headersTimeout: DEADLINE_MS, maxHeaderSize: 16_384 });
    this.#server.on('request', (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = 64;
  }

  /** @throws CcError `InvalidInput` where nobody can listen there. */
  async start(): Promise<ListenAddress> {
    const { host, port } = this.#options.listen;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(port, host, resolve);
    await promise.catch((cause: unknown) => {
      const why = systemCode(cause) ?? explainError(cause);
      const remedy = 'Choose another address and port.';
      throw new CcError('InvalidInput', `forge.webhook.listen: cannot listen on ${host}:${port} (${why})`, { remedy });
    });
    this.#server.on('error', (error) => this.#options.log.warn('webhook failed', { error: explainError(error) }));
    const address = this.#server.address();
    return { host, port: typeof address === 'object' && address !== null ? address.port : port };
  }

  /** Takes nothing more. Idempotent. */
  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  /** Never fails. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {});
    response.on('error', () => {});
    const [status, text] = await this.#take(request).catch((error: unknown): Answer => {
      this.#options.log.warn('a delivery could not be taken', { error: explainError(error) });
      return [500, 'not taken'];
    });
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(`${text}\n`);
  }

  async #take(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'POST') return [405, 'POST a delivery of a forge'];
    const body = await bodyOf(request);
    if (body === undefined) return [413, `a delivery has at most ${MOST_BYTES} bytes`];
    const secret = (await readFile(this.#options.secretFile, 'utf8')).trim();
    const signatures = SIGNATURE_HEADERS.map((name) => request.headers[name]).filter((one) => typeof one === 'string');
    if (!signatures.some((signature) => isSigned(body, signature, secret))) return [401, 'the signature does not fit'];
    const event = request.headers['x-gitea-event'] ?? request.headers['x-forgejo-event'];
    if (typeof event !== 'string' || !EVENTS.test(event)) return [202, 'of no interest'];
    const repository = repositoryOf(body);
    if (repository === undefined) return [400, 'the body names no repository'];
    if (this.#options.wake(repository)) return [202, 'taken'];
    this.#options.stranger(repository);
    return [202, 'not enrolled'];
  }
}

type Answer = [status: number, text: string];

/** Undefined: it is too long. @throws what Node says of a connection that broke. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function repositoryOf(body: Buffer): string | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const repository = isRecord(value) ? value.repository : undefined;
    const name = isRecord(repository) ? repository.full_name : undefined;
    return typeof name === 'string' && name.length <= 200 ? name : undefined;
  } catch {
    return undefined;
  }
}
