import { join } from 'node:path';
import type { SetReader } from '../snapshot/set-reader.ts';
import { SetStore } from '../snapshot/set-store.ts';
import { Asides } from './asides.ts';

/** What is kept of a warm service beside its app: `warm/<name>`. */
export interface WarmHome {
  directory: string;
  /** Copies of the data from before each upgrade. */
  sets: SetStore;
  /** What rollbacks replaced, as far as it could be sealed: each an aside with a manifest. */
  failedSets: SetStore;
}

/** The home of the warm service of that name. Pure; reads nothing. */
export function warmHome(stateDirectory: string, name: string, reader?: SetReader): WarmHome {
  const directory = join(stateDirectory, 'warm', name);
  return {
    directory,
    sets: new SetStore({ directory: join(directory, 'sets'), reader }),
    failedSets: new SetStore({ directory: new Asides(directory).directory, reader }),
  };
}
