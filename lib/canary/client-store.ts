import { CcError, orElse } from '../errors.ts';
import type { ExecResult } from '../platform/platform.ts';
import { type Answer, type CanaryStore, isToken, type StoreKind } from './canary.ts';
import { MARIADB_CLIENT } from './clients/mariadb.ts';
import { POSTGRES_CLIENT } from './clients/postgres.ts';
import { REDIS_CLIENT } from './clients/redis.ts';
import { SQLITE_CLIENT } from './clients/sqlite.ts';

export type ClientKind = Exclude<StoreKind, 'files'>;

/** Where an app runs: beside others on a host, or in containers of its own. */
export type Surroundings = 'Host' | 'Container';

/** Runs argv in a service's surroundings, within that time. */
export type ExecWithin = (service: string, argv: readonly string[], timeoutMs: number) => Promise<ExecResult>;

export interface ClientStoreOptions {
  kind: ClientKind;
  service: string;
  surroundings: Surroundings;
  exec: ExecWithin;
  /** Of `sqlite`: the file as the service sees it. */
  file?: string;
}

const CLIENTS: Readonly<Record<ClientKind, string>> = {
  postgres: POSTGRES_CLIENT,
  mariadb: MARIADB_CLIENT,
  redis: REDIS_CLIENT,
  sqlite: SQLITE_CLIENT,
};
/** One statement takes milliseconds; a client that hangs is ended. */
const CLIENT_TIMEOUT_MS = 30_000;
const WHY_CHARACTERS = 300;
const NOT_NOW = 10;
const NOTHING_KEPT = 13;

/** A store that is spoken to by its own client, in the container or process of the service. */
export class ClientStore implements CanaryStore {
  readonly #options: ClientStoreOptions;

  constructor(options: ClientStoreOptions) {
    this.#options = options;
  }

  async plant(token: string): Promise<Answer> {
    const answer = await this.#ask('plant', token);
    return answer.state === 'Absent' ? { state: 'Refused', why: 'it does not give back what was written' } : answer;
  }

  async look(token: string): Promise<Answer> {
    return await this.#ask('look', token);
  }

  async remove(): Promise<Answer> {
    return await this.#ask('remove', undefined);
  }

  async #ask(verb: string, token: string | undefined): Promise<Answer> {
    const { kind, service, surroundings, exec, file } = this.#options;
    const words = ['sh', verb, token ?? 'none', surroundings, ...(file === undefined ? [] : [file])];
    const argv = ['/bin/sh', '-c', CLIENTS[kind], ...words];
    const answer = exec(service, argv, CLIENT_TIMEOUT_MS).then((end) => answerOf(end, token));
    return await orElse(answer, 'NotFound', ({ message }): Answer => ({ state: 'Silent', why: message }));
  }
}

/** What an end of a script says; without a token any canary counts. Pure. @throws CcError `Aborted`. */
export function answerOf({ outcome, exitCode, stdout, stderr }: ExecResult, token: string | undefined): Answer {
  if (outcome === 'Aborted') throw new CcError('Aborted', 'a client of a store was cut off');
  if (outcome === 'TimedOut') return { state: 'Silent', why: 'its client did not end in time' };
  if (exitCode === 0) {
    const lines = stdout.split('\n').map((line) => line.trim());
    const found = lines.some((line) => (token === undefined ? isToken(line) : line === token));
    return { state: found ? 'Found' : 'Absent', why: '' };
  }
  const why = lastLine(stderr) || lastLine(stdout) || `its client ended with ${exitCode}`;
  if (exitCode === NOT_NOW) return { state: 'Silent', why };
  return { state: exitCode === NOTHING_KEPT ? 'NotKept' : 'Refused', why };
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').trim().slice(-WHY_CHARACTERS);
}
