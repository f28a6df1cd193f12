import { Agent, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import type { Clock } from '../../../clock.ts';
import { cutAtDeadline } from '../../../deadline.ts';
import { readBody } from './body.ts';
import { answerError, type CalledEndpoint, connectionError, silentEngine, unreadableAnswer } from './errors.ts';
import { type EngineVersion, negotiateVersion } from './version.ts';

export interface EngineCall extends CalledEndpoint {
  query?: Readonly<Record<string, unknown>>;
  /** Sent as JSON, by POST only. */
  body?: object;
  /** Default: 30 s. */
  deadlineMs?: number;
}

export interface TransportOptions {
  socketPath: string;
  clock: Clock;
}

/** Of a call that does not say otherwise, milliseconds. */
const CALL_DEADLINE_MS = 30_000;
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;
/** What an engine says about an error is a few lines. */
const ERROR_LIMIT_BYTES = 64 * 1024;
/** The controller shares the engine with people: it takes few sockets, and keeps fewer. */
const CALL_SOCKETS = { keepAlive: true, maxSockets: 6, maxFreeSockets: 3 };
const STREAM_SOCKETS = { keepAlive: false, maxSockets: 12 };

/**
 * Every status is taken, so that the modem neither collects an answer without limit nor waits for ever for the rest of
 * one that was broken off.
 */
const EVERY_STATUS = new Proxy({}, { get: () => true });

/** The modem renders all its options for a debug log at every call, written or not: of an agent that takes 8 ms. */
class TerseAgent extends Agent {
  [inspect.custom](): string {
    return 'Agent';
  }
}

/** An answer that goes on, or the socket itself where the engine gave up HTTP on it (hijack). */
export type EngineStream = IncomingMessage | Socket;

interface Dialer {
  dial(options: object, callback: (error: Error | null, result: EngineStream) => void): void;
}

/** Speaks with one engine over its socket, in the newest version that both know. */
export class EngineTransport {
  readonly socketPath: string;
  readonly #clock: Clock;
  readonly #agents = { call: new TerseAgent(CALL_SOCKETS), stream: new TerseAgent(STREAM_SOCKETS) };
  readonly #dialers: Readonly<Record<'call' | 'stream', Dialer>>;
  #version: Promise<EngineVersion> | undefined;

  constructor({ socketPath, clock }: TransportOptions) {
    this.socketPath = socketPath;
    this.#clock = clock;
    this.#dialers = { call: this.#dialer('call'), stream: this.#dialer('stream') };
  }

  /** Lets go of all sockets, those of running calls included. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  /** Asked once, and again after the engine was away: it may be another one then. */
  async version(signal: AbortSignal): Promise<EngineVersion> {
    this.#version ??= this.#negotiate();
    const known = this.#version;
    // Whoever asked may have gone before the answer.
    known.catch(() => {});
    return await this.limited('the question for its version', { signal }, () => known);
  }

  /**
   * One call whose answer is JSON, given to `read`; an empty one is undefined.
   * @throws CcError as the port says; `Unreachable` too where `read` throws a TypeError.
   */
  async json<T>(call: EngineCall, read: (answer: unknown) => T, signal?: AbortSignal): Promise<T> {
    const text = await this.send(call, signal);
    try {
      return read(text === '' ? undefined : JSON.parse(text));
    } catch (error) {
      throw this.#unreadable(call, error);
    }
  }

  /** One call; gives the answer as text, at most 64 MiB. */
  async send(call: EngineCall, signal?: AbortSignal): Promise<string> {
    return await this.limited(`${call.method} ${call.path}`, { signal, deadlineMs: call.deadlineMs }, async (stop) => {
      const answer = await this.#dial('call', await this.#versioned(call, stop), stop);
      return await this.#text(answer, ANSWER_LIMIT_BYTES, call);
    });
  }

  /**
   * Opens an answer that goes on. `stop` ends the call, and the stream where it is an answer; a socket is the caller's
   * to destroy. The deadline of the call is the caller's too, by {@link limited}.
   */
  async open(call: EngineCall & { hijack?: true }, stop: AbortSignal): Promise<EngineStream> {
    return await this.#dial('stream', await this.#versioned(call, stop), stop);
  }

  /** Runs `work`; past the deadline the engine counts as one that does not answer. */
  async limited<T>(
    what: string,
    limit: { signal?: AbortSignal | undefined; deadlineMs?: number | undefined },
    work: (stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadlineMs = limit.deadlineMs ?? CALL_DEADLINE_MS;
    const late = () => silentEngine(what, this.socketPath, deadlineMs);
    return await cutAtDeadline({ clock: this.#clock, signal: limit.signal, deadlineMs, late }, work);
  }

  #dialer(kind: 'call' | 'stream'): Dialer {
    // Every option that the modem would else take from the environment is given.
    const none = {
      host: undefined,
      port: undefined,
      key: undefined,
      cert: undefined,
      ca: undefined,
      timeout: undefined,
    };
    const options = { ...none, protocol: 'http', socketPath: this.socketPath, agent: this.#agents[kind] };
    return new Docker(options as Docker.DockerOptions).modem as Dialer;
  }

  async #negotiate(): Promise<EngineVersion> {
    const call: EngineCall = { method: 'GET', path: '/version' };
    try {
      const text = await this.limited('GET /version', {}, async (stop) =>
        this.#text(await this.#dial('call', call, stop), ANSWER_LIMIT_BYTES, call),
      );
      return negotiateVersion(JSON.parse(text));
    } catch (error) {
      this.#version = undefined;
      throw this.#unreadable(call, error);
    }
  }

  #unreadable({ method, path }: EngineCall, error: unknown): unknown {
    const misread = error instanceof TypeError || error instanceof SyntaxError;
    return misread ? unreadableAnswer(`${method} ${path}`, this.socketPath, error) : error;
  }

  async #versioned<C extends EngineCall>(call: C, stop: AbortSignal): Promise<C> {
    const { apiVersion } = await this.version(stop);
    return { ...call, path: `/v${apiVersion}${call.path}` };
  }

  /** Settles with an answer of below 300, 304, or a hijacked socket. */
  async #dial(kind: 'call' | 'stream', call: EngineCall & { hijack?: true }, stop: AbortSignal): Promise<EngineStream> {
    const { promise, resolve, reject } = Promise.withResolvers<EngineStream>();
    this.#dialers[kind].dial(
      {
        method: call.method,
        // The modem appends a query that is there, and cuts the question mark of one that is not.
        path: `${call.path}?`,
        options: { _query: call.query ?? {}, _body: call.body ?? {} },
        abortSignal: stop,
        isStream: true,
        statusCodes: EVERY_STATUS,
        ...(call.hijack ? { hijack: true } : {}),
      },
      (error, result) => {
        if (error !== null) return reject(this.#lost(error));
        // Whoever reads it sees the error; one that comes while nobody does is no fault of the process.
        result.on('error', () => {});
        return resolve(result);
      },
    );
    const stream = await promise;
    if (!('statusCode' in stream) || stream.statusCode === null) return stream;
    // 304: it is so already.
    if ((stream.statusCode ?? 500) < 300 || stream.statusCode === 304) return stream;
    const message = errorMessage(await this.#text(stream, ERROR_LIMIT_BYTES, call));
    throw answerError({ ...call, status: stream.statusCode ?? 500, message }, this.socketPath);
  }

  #lost(error: Error): Error {
    this.#version = undefined;
    return connectionError(error, this.socketPath);
  }

  async #text(stream: EngineStream, limit: number, call: EngineCall): Promise<string> {
    try {
      return (await readBody(stream, limit)).toString('utf8');
    } catch (error) {
      if (error instanceof RangeError) throw unreadableAnswer(`${call.method} ${call.path}`, this.socketPath, error);
      throw this.#lost(error as Error);
    }
  }
}

/** The engine says `{"message": …}`; a proxy in between may say anything. */
function errorMessage(text: string): string {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && 'message' in answer) return String(answer.message);
  } catch {
    // Plain words.
  }
  return text.trim().slice(0, 500);
}
