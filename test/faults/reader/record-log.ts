import { join } from 'node:path';
import { parsed } from './known-good.ts';
import { textOf } from './tree.ts';

/** Paths of the records that the log of a state directory has whole: what is left of them at their places is repaired from it. */
export function recordsInLog(state: string): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const line of (textOf(join(state, 'records.jsonl')) ?? '').split('\n')) {
    const { path, record } = (parsed(line) ?? {}) as { path?: string; record?: object };
    if (path === undefined) continue;
    if (record !== undefined) paths.add(path);
    else for (const one of paths) if (`${one}/`.startsWith(`${path}/`)) paths.delete(one);
  }
  return paths;
}
