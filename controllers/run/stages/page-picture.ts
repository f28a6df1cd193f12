import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { connectionTo } from '../../../lib/checks/app-connection.ts';
import { takeScreenshot } from '../../../lib/checks/screenshot.ts';
import { joinInside } from '../../../lib/fs/join-inside.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import type { PreparedContext } from '../stage.ts';

export type PictureName = 'before-upgrade' | 'after-upgrade';

/**
 * Keeps a picture of the page with the run, `screenshots/<when>.png`. Gives why there is none; nothing depends on it.
 * @throws CcError as `takeScreenshot`.
 */
export async function keepPicture(context: PreparedContext, when: PictureName): Promise<string | undefined> {
  const { services, directories, applied, domain, resolved, signal } = context;
  const { runner, settings, instanceId } = services;
  const asRoot = userInfo().uid === 0;
  if (asRoot && !resolved.trusted) return 'the commit is not trusted, and Chromium has no sandbox for root';
  const url = `${(applied.url ?? '').replace(/\/+$/, '')}/`;
  const scratch = joinInside(directories.scratch, `browser-${when}`);
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  try {
    return await takeScreenshot({
      url,
      file: join(directories.root, 'screenshots', `${when}.png`),
      connection: connectionTo(url, domain, settings.connection),
      runner,
      path: settings.path,
      token: `${instanceId}/child/${randomUUID()}`,
      scratch,
      sandbox: asRoot ? 'None' : 'Own',
      signal,
    });
  } finally {
    await removeTree(scratch);
  }
}
