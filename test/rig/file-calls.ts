import { readlinkSync } from 'node:fs';
import fsPromises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, relative } from 'node:path';
import { SmallFile, smallFiles } from '../../lib/fs/small-files.ts';

type Call = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** Calls that change something. */
const CHANGES: readonly string[] = [
  ...['mkdir', 'open', 'writeFile', 'appendFile', 'copyFile', 'rename', 'link', 'symlink'],
  ...['unlink', 'rm', 'rmdir', 'chmod', 'truncate', 'utimes'],
];
/** Calls that only look: never listed, but they can be made to fail. */
const LOOKS: readonly string[] = ['readFile', 'readdir', 'stat', 'lstat', 'readlink'];
const OF_HANDLES: readonly string[] = [
  'sync',
  'datasync',
  'write',
  'writeFile',
  'writeAt',
  'truncate',
  'chmod',
  'chown',
];
/** What makes the names of temporary files differ. */
const RANDOM = /-[0-9a-f]{12}\b/g;

/**
 * What this process asks of the file system below a directory while it is on, in order, as lines: `rename a/.tmp-b → a/b`.
 * The calls are made; those that are ordered to fail are not. Must be stopped.
 */
export class FileCalls {
  readonly lines: string[] = [];
  readonly #root: string;
  readonly #originals: (() => void)[] = [];
  readonly #opened = new WeakMap<object, string>();
  readonly #orders: { pattern: RegExp; act: (line: string) => void | Promise<void> }[] = [];

  private constructor(root: string) {
    this.#root = root;
  }

  /** @param root absolute, and no link on the way to it. */
  static async on(root: string): Promise<FileCalls> {
    const calls = new FileCalls(root);
    const probe = await fsPromises.open('/dev/null');
    const handles = Object.getPrototypeOf(probe) as object;
    await probe.close();
    for (const name of [...CHANGES, ...LOOKS]) calls.#wrap(fsPromises, name, (args) => pathsIn(name, args));
    for (const holder of [handles, SmallFile.prototype])
      for (const name of OF_HANDLES) calls.#wrap(holder, name, () => undefined);
    for (const name of Object.keys(smallFiles)) calls.#wrap(smallFiles, name, (args) => pathsIn(name, args));
    syncBuiltinESMExports();
    return calls;
  }

  stop(): void {
    for (const restore of this.#originals.splice(0)) restore();
    syncBuiltinESMExports();
  }

  /** The next call whose line matches throws the system error of that code. */
  failNext(pattern: RegExp, code: string): void {
    this.beforeNext(pattern, (line) => {
      throw Object.assign(new Error(`${code}: injected, ${line}`), { code });
    });
  }

  /** Does something right before the next call whose line matches, as somebody else would who runs beside it. */
  beforeNext(pattern: RegExp, act: (line: string) => void | Promise<void>): void {
    this.#orders.push({ pattern, act });
  }

  /** Whether everything that was ordered has happened. */
  hasDoneAll(): boolean {
    return this.#orders.length === 0;
  }

  /** Lines since the last call of this. */
  take(): string[] {
    return this.lines.splice(0);
  }

  #wrap(holder: object, name: string, pathsOf: (args: readonly unknown[]) => readonly unknown[] | undefined): void {
    const calls = this;
    const methods = holder as Record<string, Call>;
    const original = methods[name];
    if (original === undefined) return;
    this.#originals.push(() => {
      methods[name] = original;
    });
    methods[name] = async function wrapped(this: unknown, ...args: unknown[]): Promise<unknown> {
      const places = pathsOf(args)?.map((path) => calls.#placeOf(path)) ?? [calls.#opened.get(this as object)];
      if (places.every((place) => place !== undefined)) await calls.#take(name, places, args);
      const result = await original.apply(this, args);
      if (name === 'open' && places[0] !== undefined) calls.#opened.set(result as FileHandle, places[0]);
      return result;
    };
  }

  async #take(name: string, places: readonly string[], args: readonly unknown[]): Promise<void> {
    const isLook = LOOKS.includes(name) || (name === 'open' && !/[wa+]/.test(String(args[1] ?? 'r')));
    const mode = ['open', 'mkdir', 'chmod'].includes(name) && !isLook ? modeIn(args) : '';
    const line = `${name} ${places.join(' → ')}${mode}`;
    if (!isLook) this.lines.push(line);
    const index = this.#orders.findIndex(({ pattern }) => pattern.test(line));
    const [order] = index < 0 ? [] : this.#orders.splice(index, 1);
    await order?.act(line);
  }

  /** Relative to the root; undefined for what is not below it. */
  #placeOf(path: unknown): string | undefined {
    const text = throughHandles(Buffer.isBuffer(path) ? path.toString('utf8') : String(path));
    const place = relative(this.#root, text);
    return place.startsWith('..') ? undefined : (place || '.').replaceAll(RANDOM, '');
  }
}

/** The arguments that are paths; the target of a symbolic link is a text. */
function pathsIn(name: string, args: readonly unknown[]): readonly unknown[] {
  if (name === 'symlink') return args.slice(1, 2);
  return args.slice(0, ['copyFile', 'rename', 'link'].includes(name) ? 2 : 1);
}

/** A path through an open directory, `/proc/self/fd/N/name`, by the name of that directory. */
export function throughHandles(path: string): string {
  const [all, rest] = /^\/proc\/self\/fd\/\d+(\/.*)?$/.exec(path) ?? [];
  if (all === undefined) return path;
  const directory = readlinkSync(rest === undefined ? all : dirname(all));
  return `${directory}${rest ?? ''}`;
}

function modeIn(args: readonly unknown[]): string {
  const last = args.at(-1);
  const mode = typeof last === 'object' && last !== null && 'mode' in last ? last.mode : last;
  return typeof mode === 'number' ? ` ${mode.toString(8)}` : '';
}
