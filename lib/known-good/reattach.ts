import type { AppHome } from '../app/app-home.ts';
import type { Coreutils } from '../fs/coreutils.ts';
import type { Platform } from '../platform/platform.ts';
import type { Limits } from '../runtime/limits.ts';
import { restoreSet } from '../snapshot/restore.ts';
import type { RestoreOperation } from '../snapshot/restore-journal.ts';
import type { KnownGoodStore } from './known-good-store.ts';

export interface RestoreAppOptions {
  platform: Platform;
  home: AppHome;
  /** Directory of the set. */
  set: string;
  operation: RestoreOperation;
  assertUndeployed: () => Promise<void>;
  tools: Coreutils;
}

/**
 * Puts a set in the place of an app's volumes, env and secrets, and makes the platform expect exactly those volumes.
 * Resumable and idempotent as `restoreSet`, whose errors it has; `discardAsides` once the app is healthy.
 */
export async function restoreApp({ platform, home, tools, ...options }: RestoreAppOptions): Promise<void> {
  const app = { domain: home.domain };
  await restoreSet({
    ...options,
    tools,
    target: {
      directory: home.directory,
      envFile: home.envFile,
      secretsDirectory: home.secretsDirectory,
      volumes: (names) => platform.ensureVolumes(app, names, tools.signal),
    },
    setRevision: ({ volumes }) =>
      platform.recordVolumes(
        app,
        volumes.map(({ name }) => name),
        tools.signal,
      ),
  });
}

export interface PutBackOptions extends Omit<RestoreAppOptions, 'set'> {
  knownGood: KnownGoodStore;
  /** The generation, which `provenWayBack` gave. */
  id: string;
  limits: Pick<Limits, 'run'>;
}

/**
 * Puts a generation back under a canonical's app, for something to run on it: journaled as `Dirty` before the first
 * byte moves. The caller holds the lease and has taken the app down. What an earlier fresh start left half aside gets
 * there first. Resumable and idempotent as {@link restoreApp}.
 */
export async function putBack({ knownGood, id, limits, ...restore }: PutBackOptions): Promise<void> {
  const { tools } = restore;
  await knownGood.setVolumesState({ state: 'Dirty', generation: id });
  await knownGood.asides.resume(tools);
  await limits.run('Copy', () => restoreApp({ ...restore, set: knownGood.sets.pathOf(id) }), tools.signal);
}

/** {@link putBack} where nothing is to run on it: the live data is exactly the generation, and is journaled as that. */
export async function resetTo(options: PutBackOptions): Promise<void> {
  await putBack(options);
  await options.knownGood.discardAsides(options.home.directory);
  await options.knownGood.setVolumesState({ state: 'Clean', generation: options.id });
}
