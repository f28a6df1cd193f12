import { join } from 'node:path';
import { systemClock } from '../../../lib/clock.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { emptyTrash } from '../../../lib/snapshot/discard.ts';
import { prepareCopy, withdrawPrepared } from '../../../lib/snapshot/prepare.ts';
import { restoreSet } from '../../../lib/snapshot/restore.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { fields, realTools, ScratchApp } from './scratch.ts';

/** What the parent asks for, as JSON in the first argument. */
export interface CrashOrder {
  root: string;
  work: 'Promote' | 'Prepare' | 'Restore';
  id: string;
  parent?: string;
  /** Kill this process with SIGKILL before that step, counted from 1; 0: never. */
  killAtStep: number;
  token: string;
}

/** Does the work in this process; `onStep` is called before each step. */
export async function doWork(order: CrashOrder, onStep: () => void): Promise<void> {
  const tools = { ...realTools(), env: { ...realTools().env, CCCI_TOKEN: order.token } };
  const app = new ScratchApp(order.root);
  const store = new KnownGoodStore({ directory: join(order.root, 'canonical') });
  const shared = { assertUndeployed: async () => {}, tools, onStep };
  if (order.work === 'Prepare') {
    const live = { home: app, volumes: [app.volume('data'), app.volume('db')] };
    onStep();
    await withdrawPrepared(live);
    onStep();
    await emptyTrash(live, tools.signal);
    const pointer = await store.pointer();
    if (pointer === undefined) throw new Error('nothing is known to be good');
    const { id, manifest } = pointer;
    await prepareCopy({ set: store.sets.pathOf(id), manifest, live, tools, onStep });
    onStep();
    return;
  }
  if (order.work === 'Restore') {
    const target = app.target(() => []);
    const set = store.sets.pathOf((await store.pointerId()) ?? 'none');
    await restoreSet({ ...shared, set, target, operation: { id: order.id, attempt: 1 } });
    return;
  }
  await makeSet({
    ...shared,
    id: order.id,
    directory: store.sets.directory,
    volumes: [app.volume('data'), app.volume('db')],
    envFile: app.envFile,
    secretsDirectory: app.secretsDirectory,
    fields: { ...fields, ...(order.parent === undefined ? {} : { parent: order.parent }) },
    clock: systemClock,
  });
  onStep();
  await store.swap(order.id, tools.signal);
  onStep();
  await store.setVolumesState({ state: 'Clean', generation: order.id });
  onStep();
  await store.collect({ keep: 2, referenced: new Set() });
}
