import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { docker } from '../../rig/test-engine.ts';
import type { Bench } from '../harness.ts';
import { namesOf } from '../leftovers.ts';
import { isPreparedSecret } from '../secret-scan.ts';
import { thingsOf } from './engine-things.ts';

/** The engine is asked at every so many looks: it takes longer than a file. */
const ENGINE_LOOKS = 40;

/** The values of one secret of the apps of a bench, noted while the apps are there, and where else they turn up. */
export class SeenPasswords {
  /** By domain. */
  readonly values = new Map<string, string>();
  /** What the engine told of the services while they ran. */
  #told = '';
  readonly #bench: Bench;
  readonly #secret: string;

  constructor(bench: Bench, secret: string) {
    this.#bench = bench;
    this.#secret = secret;
  }

  /** Looks again and again until what is waited for has ended. */
  async during<T>(waited: Promise<T>, timeoutMs: number): Promise<T> {
    let over = false;
    let looks = 0;
    const looking = this.#bench.waitFor(
      'the end of what is waited for',
      async () => {
        this.#collect();
        if (looks % ENGINE_LOOKS === 0) await this.#askEngine();
        looks += 1;
        return over;
      },
      { timeoutMs: timeoutMs + 5_000 },
    );
    try {
      return await waited;
    } finally {
      over = true;
      await looking;
    }
  }

  /** Files outside of the places that may hold values, outputs and answers of the engine in which one of them is. */
  leaks(): string[] {
    const { state, specs, root, log, cliOutput } = this.#bench;
    const forms = [...this.values.values()].flatMap((value) => [value, Buffer.from(value).toString('base64')]);
    const holds = (text: string): boolean => forms.some((form) => text.includes(form));
    const files = [...filesBelow(state), ...filesBelow(specs)].filter((path) => !mayHold(relative(state, path)));
    return [
      ...files.filter((path) => holds(readFileSync(path, 'latin1'))).map((path) => relative(root, path)),
      ...(holds(log) ? ['log of the controller'] : []),
      ...(holds(cliOutput) ? ['output of ccctl'] : []),
      ...(holds(this.#told) ? ['what the engine tells of services, their containers and logs'] : []),
    ];
  }

  /** Names of services of which the engine was asked; none would make {@link leaks} say nothing. */
  get asked(): string[] {
    return [...this.#told.matchAll(/"com.docker.swarm.service.name": "([^"]*)"/g)].map(([, name = '']) => name);
  }

  #collect(): void {
    for (const domain of namesOf(join(this.#bench.state, 'apps'))) {
      const value = textOf(join(this.#bench.state, 'apps', domain, 'secrets', this.#secret));
      if (value.length >= 16) this.values.set(domain, value);
    }
  }

  async #askEngine(): Promise<void> {
    for (const { kind, id } of await thingsOf(this.#bench.zone)) {
      const words =
        kind === 'service'
          ? [
              ['service', 'inspect', id],
              ['service', 'logs', '--raw', id],
            ]
          : kind === 'container'
            ? [['container', 'inspect', id]]
            : [];
      for (const one of words) this.#told += quietly(one);
    }
  }
}

/** An app's own store, the sets, and copies beside that store; a database keeps no password in clear. */
function mayHold(path: string): boolean {
  const parts = path.split(sep);
  if (parts[0] === 'apps' && isPreparedSecret(parts[2] ?? '')) return true;
  return ['apps', 'canonicals'].includes(parts[0] ?? '') && parts.at(-2) === 'secrets';
}

/** Gone meanwhile counts as nothing. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function quietly(words: readonly string[]): string {
  try {
    return docker(...words);
  } catch {
    return '';
  }
}

function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
