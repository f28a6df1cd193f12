import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { relative } from 'node:path';
import { throughHandles } from './file-calls.ts';

type Call = (this: unknown, ...args: unknown[]) => unknown;

const ASYNC = [
  ...['mkdir', 'open', 'opendir', 'writeFile', 'appendFile', 'rename', 'link', 'unlink', 'rm', 'rmdir'],
  ...['readFile', 'readdir', 'stat', 'lstat', 'readlink', 'realpath', 'access'],
];
const SYNC = [
  ...['openSync', 'writeFileSync', 'renameSync', 'rmSync', 'unlinkSync', 'statSync', 'lstatSync', 'readFileSync'],
  ...['readdirSync', 'existsSync', 'watch'],
];

/** Counts what this process asks of the file system below a directory, by name of the call, while it is on. Must be stopped. */
export class CallCounts {
  readonly #root: string;
  readonly #originals: (() => void)[] = [];
  #counts = new Map<string, number>();

  private constructor(root: string) {
    this.#root = root;
  }

  /** @param root absolute, and no link on the way to it. */
  static on(root: string): CallCounts {
    const counts = new CallCounts(root);
    for (const name of ASYNC) counts.#wrap(fsPromises, name);
    for (const name of SYNC) counts.#wrap(fs, name);
    syncBuiltinESMExports();
    return counts;
  }

  stop(): void {
    for (const restore of this.#originals.splice(0)) restore();
    syncBuiltinESMExports();
  }

  /** Calls since the last call of this, by name. */
  take(): Record<string, number> {
    const counts = Object.fromEntries([...this.#counts].sort());
    this.#counts = new Map();
    return counts;
  }

  #wrap(holder: object, name: string): void {
    const counts = this;
    const methods = holder as Record<string, Call>;
    const original = methods[name]!;
    this.#originals.push(() => {
      methods[name] = original;
    });
    methods[name] = function wrapped(this: unknown, ...args: unknown[]): unknown {
      if (!relative(counts.#root, throughHandles(String(args[0]))).startsWith('..')) counts.#note(name);
      return original.apply(this, args);
    };
  }

  #note(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
