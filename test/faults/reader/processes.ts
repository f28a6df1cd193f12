/** Living processes that a controller started, read from /proc. */
import { readlinkSync } from 'node:fs';
import { namesIn, textOf } from './tree.ts';

/**
 * One line for each living process that carries a token of any controller, or works in a directory below `root`;
 * `except` are process ids that may do so.
 */
export function processesOf(root: string, except: readonly number[]): string[] {
  const pids = namesIn('/proc').filter((name) => /^\d+$/.test(name) && !except.includes(Number(name)));
  return pids.flatMap((pid) => {
    if (/^\S+ \(.*\) [ZX]/s.test(textOf(`/proc/${pid}/stat`) ?? '')) return [];
    const token = /(?:^|\0)CCCI_TOKEN=([^\0]*)/.exec(textOf(`/proc/${pid}/environ`) ?? '')?.[1];
    const place = placeOf(pid);
    const inside = place === root || place.startsWith(`${root}/`);
    return token !== undefined || inside ? [`process with ${token ?? 'no token'} in ${place}`] : [];
  });
}

function placeOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
