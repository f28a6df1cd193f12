/** A process that works with a store until it is killed: `store-child.ts <root> <specs> <state>`. Prints `ready`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, toTime } from '../../../lib/clock.ts';
import { silentLog } from '../../../lib/log.ts';
import { FileStore } from '../../../lib/store/file-store.ts';
import { acquireOwnerLock } from '../../../lib/store/owner-lock.ts';
import { canonicalText } from './store-texts.ts';

const [specs = '', state = ''] = process.argv.slice(2);
acquireOwnerLock(join(state, 'lock'), { pid: process.pid, since: toTime(systemClock.now()) });
const store = await FileStore.open({
  stateDirectory: state,
  specDirectory: specs,
  instanceId: 'instance-1',
  graceMs: 0,
  clock: systemClock,
  log: silentLog,
  onChange: () => {},
  owns: () => false,
});
await store.sync();
process.stdout.write('ready\n');

/** Creates and removes runs, edits a spec, acts on requests: a line is printed once its effect is promised to last. */
async function work(round: number): Promise<void> {
  const run = { kind: 'Run', name: `run-${round}` } as const;
  if (store.get(run) === undefined) await store.createRun({ name: run.name, spec: { recipe: 'notes' } });
  process.stdout.write(`created ${run.name} ${store.get(run)?.uid}\n`);
  await store.claims.claim({ domain: `${run.name}.x`, ...run, uid: store.get(run)?.uid ?? '', attempt: 1 });
  process.stdout.write(`claimed ${run.name}.x\n`);
  await store.writeJournal(run, { attempt: round });
  await store.projectStatus(run, { round });
  await writeFile(join(specs, 'edited.yaml'), canonicalText('edited', `  suspend: ${round % 2 === 0}\n`));
  await store.sync();
  for (const { requests, ...key } of store.list()) {
    for (const { id } of requests) {
      await store.finishRequest(key, id, { result: 'Done', message: '' });
      process.stdout.write(`finished ${id}\n`);
    }
  }
  if (round % 3 !== 0) return;
  await store.claims.release(`${run.name}.x`, store.get(run)?.uid ?? '');
  await store.markDestroying(run);
  process.stdout.write(`destroying ${run.name}\n`);
  await store.remove(run);
  process.stdout.write(`removed ${run.name}\n`);
}

// A name that an earlier process removed must not come back: what it promised would look broken.
for (let round = process.pid * 1_000 + 1; ; round += 1) await work(round);
