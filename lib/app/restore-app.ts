import type { Coreutils } from '../fs/coreutils.ts';
import type { Platform } from '../platform/platform.ts';
import { restoreSet } from '../snapshot/restore.ts';
import type { RestoreOperation } from '../snapshot/restore-journal.ts';
import type { AppHome } from './app-home.ts';

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
 * Resumable and idempotent as `restoreSet`, whose errors it has; `removeAsides` once the app is healthy.
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
