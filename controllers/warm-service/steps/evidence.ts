import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { maskStrings } from '../../../lib/checks/mask.ts';
import { namesIn } from '../../../lib/fs/exists.ts';
import { joinInside } from '../../../lib/fs/join-inside.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { lastWords } from '../../../lib/run-record/last-words.ts';
import type { WarmSite } from '../site.ts';

const KEPT_LINES = 5_000;
/** Failures of which evidence is kept, the newest. */
const KEPT = 10;

/**
 * Saves what is lost with the app, before anything is killed: tasks, and each service's log, masked, below
 * `warm/<name>/evidence/<operation>`; the last words go into the failure. Idempotent. @throws CcError as `Platform.logs`.
 */
export async function saveWarmEvidence(site: WarmSite): Promise<void> {
  const { services, domain, operation, view, mask, signal } = site;
  const observation = await services.platform.observe({ domain }, signal);
  if (!observation.deployed) return;
  await dropOldest(join(view.directory, 'evidence'));
  const directory = joinInside(view.directory, 'evidence', `${operation.id}-${operation.type}`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const tasks = JSON.stringify(maskStrings(observation.services, mask), null, 1);
  await writeFile(join(directory, 'tasks.json'), `${tasks}\n`, { mode: 0o600 });
  const last: string[] = [];
  for (const { name } of observation.services) {
    const lines: string[] = [];
    for await (const line of services.platform.logs({ domain }, { service: name, tail: KEPT_LINES, signal }))
      lines.push(mask.text(line.text));
    await writeFile(joinInside(directory, `${name}.log`), `${lines.join('\n')}\n`, { mode: 0o600 });
    const words = lastWords(lines);
    if (words !== undefined) last.push(`${name}: ${words}`);
  }
  const { failure } = operation;
  if (failure) failure.message = [failure.message, ...last].join('; ');
}

/** Leaves room for one more. */
async function dropOldest(root: string): Promise<void> {
  const times = new Map<string, number>();
  for (const name of await namesIn(root)) times.set(name, (await stat(join(root, name))).mtimeMs);
  const newestFirst = [...times].toSorted(([, one], [, other]) => other - one).map(([name]) => name);
  for (const name of newestFirst.slice(KEPT - 1)) await removeTree(join(root, name));
}
