import { diskReader, type SetReader } from '../../lib/snapshot/set-reader.ts';

/** Reads the disk, and fails on demand as a system does that is out of something. */
export class FaultyReader implements SetReader {
  /** Names of the methods called so far. */
  readonly calls: (keyof SetReader)[] = [];
  readonly #failures = new Map<keyof SetReader, string[]>();

  /** The next `times` calls of `method` throw the system error of that code. */
  failNext(method: keyof SetReader, code: string, times = 1): void {
    this.#failures.set(method, [...(this.#failures.get(method) ?? []), ...Array<string>(times).fill(code)]);
  }

  /** Whether every failure that was ordered has happened. */
  hasFailedAll(): boolean {
    return [...this.#failures.values()].every((codes) => codes.length === 0);
  }

  manifest: SetReader['manifest'] = (set) => this.#read('manifest', () => diskReader.manifest(set));
  names: SetReader['names'] = (directory) => this.#read('names', () => diskReader.names(directory));
  exists: SetReader['exists'] = (path) => this.#read('exists', () => diskReader.exists(path));
  digest: SetReader['digest'] = (path, signal) => this.#read('digest', () => diskReader.digest(path, signal));

  async #read<T>(method: keyof SetReader, read: () => Promise<T>): Promise<T> {
    this.calls.push(method);
    const code = this.#failures.get(method)?.shift();
    if (code !== undefined) throw Object.assign(new Error(`${code}: injected`), { code });
    return await read();
  }
}
