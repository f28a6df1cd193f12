import { join } from 'node:path';
import type { SetReader } from '../snapshot/set-reader.ts';
import { SetStore } from '../snapshot/set-store.ts';
import { Asides } from './asides.ts';

/** What is kept of a warm service beside its app: `warm/<name>`. */
export interface WarmHome {
  directory: string;
  /** Copies of the data from before each upgrade; a failed set is found by its id, too, and never listed or collected. */
  sets: SetStore;
  /** What rollbacks replaced, as far as it could be sealed: each an aside with a manifest. */
  failedSets: SetStore;
}

/** The home of the warm service of that name. Pure; reads nothing. */
export function warmHome(stateDirectory: string, name: string, reader?: SetReader): WarmHome {
  const directory = join(stateDirectory, 'warm', name);
  const failedSets = new SetStore({ directory: new Asides(directory).directory, reader });
  return { directory, sets: new WarmSetStore(join(directory, 'sets'), failedSets, reader), failedSets };
}

const FAILED = '-failed';

/** Id of the set of what a rollback replaces; its own id names the set that the upgrade made. Pure. */
export function failedSetId(operation: string): string {
  return `${operation}${FAILED}`;
}

class WarmSetStore extends SetStore {
  readonly #failed: SetStore;

  constructor(directory: string, failed: SetStore, reader: SetReader | undefined) {
    super({ directory, reader });
    this.#failed = failed;
  }

  override pathOf(id: string): string {
    return id.endsWith(FAILED) ? this.#failed.pathOf(id) : super.pathOf(id);
  }
}
