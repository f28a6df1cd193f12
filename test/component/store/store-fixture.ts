import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { keyText, type ObjectKey } from '../../../lib/api/kinds.ts';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { silentLog } from '../../../lib/log.ts';
import { writeMarker } from '../../../lib/store/directory-guard.ts';
import { FileStore } from '../../../lib/store/file-store.ts';

export { canonicalText } from './store-texts.ts';

/** Real time, and monotonic time that a test can move on. */
export class SkippingClock implements Clock {
  skippedMs = 0;
  now = systemClock.now;
  after = systemClock.after;
  sleep = systemClock.sleep;

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.skippedMs;
  }
}

export interface Fixture {
  root: string;
  specs: string;
  state: string;
  clock: SkippingClock;
  owned: Set<string>;
  changes: string[];
  open(): Promise<FileStore>;
  write(name: string, text: string): Promise<string>;
  remove(name: string): Promise<void>;
  request(body: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export const GRACE_MS = 30_000;

/** A store in temp directories, with the spec directory marked. */
export async function fixture(): Promise<Fixture> {
  const root = await mkdtemp(join(tmpdir(), 'ccci-store-'));
  const specs = join(root, 'specs');
  const state = join(root, 'state');
  const clock = new SkippingClock();
  const owned = new Set<string>();
  const changes: string[] = [];
  const stores: FileStore[] = [];
  let requests = 0;
  await mkdir(specs);
  await mkdir(state);
  await writeMarker(specs, 'instance-1');
  return {
    root,
    specs,
    state,
    clock,
    owned,
    changes,
    async open() {
      const store = await FileStore.open({
        stateDirectory: state,
        specDirectory: specs,
        instanceId: 'instance-1',
        graceMs: GRACE_MS,
        clock,
        log: silentLog,
        onChange: (key, priority) => changes.push(`${priority} ${keyText(key)}`),
        owns: (key: ObjectKey) => owned.has(keyText(key)),
        onControllerRequest: ({ verb, id }) => changes.push(`${verb} ${id}`),
      });
      stores.push(store);
      return store;
    },
    async write(name, text) {
      const path = join(specs, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      return path;
    },
    async remove(name) {
      await rm(join(specs, name), { recursive: true });
    },
    async request(body) {
      requests += 1;
      const id = `2026-01-01T00.00.00.000Z-${String(requests).padStart(4, '0')}`;
      const directory = join(state, 'requests');
      await mkdir(directory, { recursive: true });
      const full = { by: 'tester', at: '2026-01-01T00:00:00.000Z', args: {}, ...body };
      await writeFile(join(directory, `${id}.json`), JSON.stringify(full));
      return id;
    },
    async close() {
      for (const store of stores) await store.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Waits, bounded, until the condition holds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 500; i += 1) {
    if (await condition()) return;
    await systemClock.sleep(10);
  }
  throw new Error(`never happened: ${what}`);
}
