import { type Coreutils, runCoreutil } from './coreutils.ts';

/**
 * Returns once everything written to the file system that holds `path` is on the disk (coreutils `sync -f`, syncfs):
 * one call instead of one fsync per copied file. Idempotent.
 * @throws CcError as {@link runCoreutil}.
 */
export async function syncTree(path: string, tools: Coreutils): Promise<void> {
  await runCoreutil(tools, ['sync', '-f', '--', path]);
}
