import { join } from 'node:path';
import { runDirectoryName } from '../app/domain.ts';
import { namesIn } from '../fs/exists.ts';
import type { Claims } from '../store/store.ts';

/** Of `-<uid8>` at the end of the name of a run's directory. */
const SUFFIX_LENGTH = 9;

/**
 * Whether anything shows a run of that uid beside its record: a claim, one that cannot be read and may be its own, or the
 * directory of its artifacts. All of it goes before the record does, and the record only after the teardown was verified: a
 * run without record and traces is over. @throws system errors: they are not "nothing there".
 */
export async function leftTraces(
  { claims, stateDirectory }: { claims: Pick<Claims, 'list' | 'damaged'>; stateDirectory: string },
  uid: string,
): Promise<boolean> {
  if ((await claims.damaged()).length > 0) return true;
  if ((await claims.list()).some((claim) => claim.uid === uid)) return true;
  const directories = await namesIn(join(stateDirectory, 'runs'));
  return directories.some((name) => name === runDirectoryName(name.slice(0, -SUFFIX_LENGTH), uid));
}
