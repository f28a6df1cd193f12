import { join } from 'node:path';
import { keyText, type ObjectKey } from '../api/kinds.ts';
import { namesIn } from '../fs/names-in.ts';
import type { Claims } from './store.ts';

/** The path of something that belongs to an object of that key, or undefined. */
export type Traces = (key: ObjectKey) => string | undefined;

/**
 * What objects that were there before left, and what goes before their record does: claims, and directories of runs. An
 * object without a record that has one of these lost its record; a removed one has none.
 */
export async function tracesOf(stateDirectory: string, claims: Pick<Claims, 'list'>): Promise<Traces> {
  const claimed = new Map(
    (await claims.list()).map((claim) => [keyText(claim), join(stateDirectory, 'claims', `${claim.domain}.json`)]),
  );
  const runs = join(stateDirectory, 'runs');
  const directories = new Map(
    (await namesIn(runs)).map((name) => [name.replace(/-[0-9a-f]{8}$/, ''), join(runs, name)]),
  );
  return (key) => claimed.get(keyText(key)) ?? (key.kind === 'Run' ? directories.get(key.name) : undefined);
}
