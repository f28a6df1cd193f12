import { mkdir, readdir } from 'node:fs/promises';
import { CcError, orNothing } from '../../errors.ts';
import { syncDirectory } from '../../fs/durable.ts';
import type { Volume } from '../platform.ts';
import type { ProcessLayout } from './layout.ts';

/** Volumes as directories of an app. Which ones were ever made is recorded by the caller, never concluded from the disk. */
export class VolumeDirectories {
  readonly #layout: ProcessLayout;

  constructor(layout: ProcessLayout) {
    this.#layout = layout;
  }

  /** Those that exist, by name; hidden directories are other people's work in progress. */
  async list(domain: string): Promise<Volume[]> {
    const { volumes, volume } = this.#layout.app(domain);
    const entries = (await orNothing(readdir(volumes, { withFileTypes: true }), 'ENOENT')) ?? [];
    const shown = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    return shown.map(({ name }) => ({ name, path: volume(name) })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Creates the wanted ones that were never recorded. Returns the new record, to be written before anything starts.
   * @throws CcError `DataMissing` when a wanted one is recorded but absent: an empty one never takes its place.
   */
  async create(domain: string, recorded: readonly string[], wanted: readonly string[]): Promise<string[]> {
    const present = (await this.list(domain)).map(({ name }) => name);
    const lost = wanted.find((name) => recorded.includes(name) && !present.includes(name));
    if (lost === undefined) return await this.restore(domain, recorded, wanted);
    const path = this.#layout.app(domain).volume(lost);
    throw new CcError('DataMissing', `the volume ${lost} of ${domain} is recorded, but ${path} is absent`, {
      remedy: 'Restore it, or destroy the app if its data is not wanted any more.',
    });
  }

  /** Creates the wanted ones where they do not exist, recorded or not: the caller is about to fill them. */
  async restore(domain: string, recorded: readonly string[], wanted: readonly string[]): Promise<string[]> {
    const { volumes, volume } = this.#layout.app(domain);
    for (const name of wanted) await mkdir(volume(name), { recursive: true });
    await syncDirectory(volumes);
    return [...new Set([...recorded, ...wanted])].toSorted();
  }
}
