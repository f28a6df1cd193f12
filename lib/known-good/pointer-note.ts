import { basename, join } from 'node:path';
import { orElse, orNothing, orNothingNow } from '../errors.ts';
import { readJsonOrNothing, writeJsonDurable } from '../fs/durable.ts';
import { smallFiles } from '../fs/small-files.ts';
import { safeName } from '../snapshot/sibling-names.ts';

/** `known-good.json`: what the link named when it was last moved. */
function notePath(directory: string): string {
  return join(directory, 'known-good.json');
}

/** Notes what the link names now; after the link, which wins until then. Durable. */
export async function notePointer(directory: string, id: string): Promise<void> {
  await writeJsonDurable(notePath(directory), { id });
}

/** What was noted; undefined where nothing was, or nothing that can be read. @throws system errors as they are. */
export async function readNotedPointer(directory: string): Promise<string | undefined> {
  const { id } = (await readJsonOrNothing<{ id?: unknown }>(notePath(directory))) ?? {};
  return typeof id === 'string' ? orNothingNow(() => safeName('generation', id), 'InvalidInput') : undefined;
}

/** The id that the link at `path` names; undefined where nothing is there. @throws system errors as they are. */
export async function linkedId(path: string): Promise<string | 'NoLink' | undefined> {
  const id = smallFiles.readlink(path).then((target) => target && safeName('generation', basename(target)));
  return await orNothing(
    orElse(id, ['EINVAL', 'InvalidInput'], () => 'NoLink'),
    'ENOENT',
  );
}
