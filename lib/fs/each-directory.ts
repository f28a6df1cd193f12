import { orNothing } from '../errors.ts';
import { closing } from './closing.ts';
import { Descent } from './descent.ts';
import type { DirectoryHandle } from './directory-handle.ts';

/**
 * Does something in each directory below and including an open one, children before their parents, so that what is done
 * may rename them. Follows no link: what is swapped for one meanwhile, or vanishes, is passed over. Any depth with a
 * bounded number of open directories. Closes the start.
 * @throws CcError `Conflict` (a directory was moved away under the walk); system errors; what `work` throws.
 */
export async function eachDirectory(
  start: DirectoryHandle,
  work: (directory: DirectoryHandle) => Promise<void>,
): Promise<void> {
  await closing(await Descent.from(start), async (descent) => {
    const levels = [await directoriesIn(descent.current)];
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.pop();
      if (name !== undefined) {
        if (await orNothing(descent.enter(name), 'Refused')) levels.push(await directoriesIn(descent.current));
        continue;
      }
      await work(descent.current);
      levels.pop();
      if (levels.length > 0) await descent.leave();
    }
  });
}

async function directoriesIn(directory: DirectoryHandle): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for (const name of await directory.entries()) if ((await directory.lstat(name))?.isDirectory()) found.push(name);
  return found.reverse();
}
