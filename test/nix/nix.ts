import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isThere } from '../stores/servers.ts';
import { ROOT } from '../unit/docs/documents.ts';

const TOOLS: readonly (readonly [tool: string, debian: string])[] = [
  ['nix-instantiate', 'nix-bin'],
  ['systemd-analyze', 'systemd'],
];

/** Programs that are missing here, and where they come from; undefined: none is. */
export function whyNoNix(): string | undefined {
  const missing = TOOLS.filter(([tool]) => !isThere(tool)).map(([tool, debian]) => `${tool} (${debian})`);
  return missing.length === 0 ? undefined : `missing: ${missing.join(', ')}`;
}

/** The functions that the module is evaluated with: by name, the file or directory that has them. */
export type Libraries = readonly { name: string; path: string }[];

/**
 * The stub of this project, and the library of nixpkgs where `NIXPKGS_LIB` names one, or a nixpkgs that has it.
 * @throws where it names something else.
 */
export function libraries(): Libraries {
  const stub = { name: 'the stub of lib', path: join(ROOT, 'nix/tests/lib-stub') };
  const named = process.env.NIXPKGS_LIB;
  if (!named) return [stub];
  const path = [named, join(named, 'lib')].find((place) => existsSync(join(place, 'modules.nix')));
  if (path === undefined) throw new Error(`NIXPKGS_LIB=${named} is no library of nixpkgs and has none`);
  return [stub, { name: 'the lib of nixpkgs', path }];
}

/** What an evaluation came to: its value, or what it says instead. */
export type Evaluated = { value: unknown } | { thrown: string };

/** Nix with a store of its own, which holds nothing and is removed. Call {@link Nix.dispose}. */
export class Nix {
  #files = 0;
  readonly #place = mkdtempSync(join(tmpdir(), 'cc-ci-nix-'));

  /** Evaluates an expression in full. `mode`: whether what it names is copied to the store. */
  evaluate(expression: string, mode: 'ReadOnly' | 'ReadWrite' = 'ReadOnly'): Evaluated {
    const words = ['--eval', '--strict', '--json', ...(mode === 'ReadWrite' ? ['--read-write-mode'] : [])];
    try {
      return { value: JSON.parse(this.#run([...words, '-E', expression])) };
    } catch (error) {
      const { stderr } = error as { stderr?: string };
      if (stderr === undefined) throw error;
      return { thrown: stderr };
    }
  }

  /** {@link Nix.evaluate} of what has to have a value. */
  value<T>(expression: string, mode: 'ReadOnly' | 'ReadWrite' = 'ReadOnly'): T {
    const evaluated = this.evaluate(expression, mode);
    if ('thrown' in evaluated) throw new Error(evaluated.thrown);
    return evaluated.value as T;
  }

  /** A value as an expression; it may be of any size. */
  given(value: unknown): string {
    this.#files += 1;
    const file = join(this.#place, `${this.#files}.json`);
    writeFileSync(file, JSON.stringify(value));
    return `(builtins.fromJSON (builtins.readFile ${file}))`;
  }

  /** Removes the store, whose files are read-only. */
  dispose(): void {
    execFileSync('chmod', ['-R', 'u+w', this.#place]);
    rmSync(this.#place, { recursive: true, force: true });
  }

  #run(words: readonly string[]): string {
    return execFileSync('nix-instantiate', [...words], {
      cwd: ROOT,
      encoding: 'utf8',
      env: this.#env(),
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    });
  }

  #env(): Record<string, string> {
    const place = this.#place;
    return {
      PATH: process.env.PATH ?? '',
      HOME: place,
      NIX_CONFIG: 'build-users-group =\nsandbox = false',
      NIX_STORE_DIR: join(place, 'store'),
      NIX_STATE_DIR: join(place, 'var'),
      NIX_LOG_DIR: join(place, 'log'),
      NIX_CONF_DIR: join(place, 'etc'),
    };
  }
}

/** The evaluation of a configuration, as an expression. */
export function evaluationOf(library: string, configuration: string, more = ''): string {
  return `(import ./nix/tests/evaluate.nix { lib = import ${library}; configuration = ${configuration}; ${more} })`;
}
