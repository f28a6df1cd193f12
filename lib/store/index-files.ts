import type { ObjectKey } from '../api/kinds.ts';
import { bearsPassword } from '../url-mask.ts';
import { IndexFile, type IndexFileOptions, indexEntry } from './index-file.ts';
import { entryText, INDEX_FORM, type ShownEntry } from './index-line.ts';
import { listForm } from './list-form.ts';
import { listText } from './list-item.ts';
import type { ObjectRecords } from './object-records.ts';
import type { CommonStatus } from './reader.ts';
import type { StatePaths } from './state-paths.ts';
import type { StatusProjection } from './status-projection.ts';

export interface IndexFilesOptions extends Pick<IndexFileOptions, 'clock' | 'log' | 'assertPlace'> {
  paths: StatePaths;
  /** Of this program; undefined where it runs from its sources. */
  build: string | undefined;
  /** Asked for when something is written, not before. */
  sources: () => { records: ObjectRecords; projection: StatusProjection };
}

/** The two files from which all objects are read at once: what is known of them, and what a table shows of them. */
export class IndexFiles {
  readonly #files: readonly IndexFile[];

  constructor({ paths, build, sources, ...shared }: IndexFilesOptions) {
    const keys = (): readonly ObjectKey[] => sources().records.list();
    const count = (): number => sources().records.size;
    const entryOf = (key: ObjectKey) => indexEntry(key, sources());
    const index = (key: ObjectKey): string | undefined => {
      const found = entryOf(key);
      // What a URL has of a password is in its record alone: readers find it there.
      return found === undefined || bearsPassword(found.entry.object) ? undefined : entryText(found);
    };
    const list = (key: ObjectKey): string | undefined => {
      const found = entryOf(key);
      return found && rowText(found);
    };
    this.#files = [
      new IndexFile({ ...shared, keys, count, path: paths.index, lookup: index, form: INDEX_FORM }),
      new IndexFile({ ...shared, keys, count, path: paths.list, lookup: list, form: listForm(build) }),
    ];
  }

  /** The object changed, came or went. */
  mark(key: ObjectKey): void {
    for (const file of this.#files) file.mark(key);
  }

  /** Writes what was marked, as {@link IndexFile.flush}. */
  async flush(): Promise<void> {
    await Promise.all(this.#files.map((file) => file.flush()));
  }
}

function rowText({ entry, shown }: ShownEntry): string {
  const document = shown === undefined ? undefined : (JSON.parse(shown) as { status: CommonStatus });
  return listText(entry.object, document?.status);
}
