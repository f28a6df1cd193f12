import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Bench } from './harness.ts';
import { namesOf } from './leftovers.ts';

/** A secret shorter than this would be found by chance. */
const SHORTEST = 16;

/** Where the values of secrets are that the apps of a bench have had: in any of their forms, in any file but their own. */
export class SecretScan {
  /** Every value that was ever seen below `apps`. */
  readonly values = new Set<string>();
  /** Logs of living apps in which one of them was. */
  readonly liveLeaks = new Set<string>();
  readonly #bench: Bench;
  readonly #outside: readonly string[];

  /** @param outside files beside the state directory that are looked into as well. */
  constructor(bench: Bench, outside: readonly string[] = []) {
    this.#bench = bench;
    this.#outside = outside;
  }

  /** Notes the values of all apps that are there now. */
  collect(): void {
    for (const domain of namesOf(join(this.#bench.state, 'apps'))) {
      const directory = join(this.#bench.state, 'apps', domain, 'secrets');
      for (const name of namesOf(directory)) {
        const value = secretIn(join(directory, name));
        if (value.length >= SHORTEST) this.values.add(value);
      }
    }
  }

  /** Looks into the logs of all apps that are there now. */
  lookIntoLogs(): void {
    const apps = join(this.#bench.state, 'apps');
    const logs = namesOf(apps).flatMap((domain) =>
      namesOf(join(apps, domain, 'services')).map((service) => join(apps, domain, 'services', service, 'log')),
    );
    for (const log of logs) if (this.#holds(secretIn(log))) this.liveLeaks.add(relative(this.#bench.state, log));
  }

  #holds(text: string): boolean {
    return [...this.values].flatMap(formsOf).some((form) => text.includes(form));
  }

  /** Files outside of the places that may hold values, and outputs, in which one of them is. */
  leaks(): string[] {
    const files = [...filesBelow(this.#bench.state), ...filesBelow(this.#bench.specs), ...this.#outside].filter(
      (path) => !this.#mayHold(path),
    );
    return [
      ...files
        .filter((path) => this.#holds(textOf(path)) || this.#holds(path))
        .map((path) => relative(this.#bench.root, path)),
      ...(this.#holds(this.#bench.log) ? ['log of the controller'] : []),
      ...(this.#holds(this.#bench.cliOutput) ? ['output of ccctl'] : []),
    ];
  }

  /** The app's own secrets and what it keeps itself, the sets that are made of both, and copies beside them. */
  #mayHold(path: string): boolean {
    const parts = relative(this.#bench.state, path).split(sep);
    if (parts[0] === 'warm')
      return ['sets', 'asides'].includes(parts[2] ?? '') && !/^(manifest|aside)\.json$/.test(parts[4] ?? '');
    if (parts[0] === 'canonicals') return parts[2] === 'generations' && parts[4] !== 'manifest.json';
    return (
      parts[0] === 'apps' && (parts[2] === 'secrets' || parts[2] === 'volumes' || isPreparedSecret(parts[2] ?? ''))
    );
  }
}

/** Whether a directory beside an app's secrets holds a copy of them. */
export const isPreparedSecret = (name: string): boolean =>
  /^\.cc-ci~(?:prepared|trash|incoming|aside)~secrets~/.test(name);

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const inside = Buffer.from(`root:${value}`).toString('base64').slice(8, 28);
  return [value, bytes.toString('base64').replace(/=+$/, ''), inside, bytes.toString('hex'), encodeURIComponent(value)];
}

const secretIn = (path: string): string => textOf(path, 'utf8').trim();

function textOf(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): string {
  try {
    return readFileSync(path, encoding);
  } catch {
    return ''; // gone with its app meanwhile
  }
}

function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
