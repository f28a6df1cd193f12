/**
 * What the write of a changed status costs while the specs are watched: prints milliseconds of processor time for each.
 * `node benchmark/status-writes.ts SPECS STATE INSTANCE`, while no controller holds the directories.
 */
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { FileStore } from '../lib/store/file-store.ts';
import { ownCpuMs } from './process-cost.ts';

const WRITES = 500;
/** What the watcher makes of them ends within this time. */
const SETTLE_MS = 3_000;

const [specDirectory = '', stateDirectory = '', instanceId = ''] = process.argv.slice(2);

const store = await FileStore.open({
  ...{ specDirectory, stateDirectory, instanceId, clock: systemClock, log: silentLog, graceMs: 30_000 },
  ...{ onChange: () => {}, owns: () => true },
});
await store.sync();
await store.start();
const objects = store.list();
for (const object of objects) await store.projectStatus(object, { observedGeneration: 1, turn: 0 });
await systemClock.sleep(SETTLE_MS);

const atRest = ownCpuMs();
await systemClock.sleep(SETTLE_MS);
const before = ownCpuMs();
for (let write = 1; write <= WRITES; write += 1) {
  const object = objects[write % objects.length];
  if (object !== undefined) await store.projectStatus(object, { observedGeneration: 1, turn: write });
}
await systemClock.sleep(SETTLE_MS);
const rest = before - atRest;
console.log((ownCpuMs() - before - rest) / WRITES);
await store.stop();
