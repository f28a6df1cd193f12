import { join } from 'node:path';
import { parsed } from './known-good.ts';
import { textOf } from './tree.ts';

/** The newest version of a record that the log has. */
export interface Logged {
  revision: number;
  record: object;
}

/** The records that the log of a state directory has whole, by path: what is left of them at their places is repaired from it. */
export function recordsInLog(state: string): ReadonlyMap<string, Logged> {
  const logged = new Map<string, Logged>();
  for (const line of (textOf(join(state, 'records.jsonl')) ?? '').split('\n')) {
    const { path, record, revision = 0 } = (parsed(line) ?? {}) as Partial<Logged> & { path?: string };
    if (path === undefined) continue;
    if (record !== undefined) logged.set(path, { revision, record });
    else for (const one of logged.keys()) if (`${one}/`.startsWith(`${path}/`)) logged.delete(one);
  }
  return logged;
}
