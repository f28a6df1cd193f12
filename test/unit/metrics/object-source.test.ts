import { expect } from 'chai';
import type { Kind } from '../../../lib/api/kinds.ts';
import { forgeSource } from '../../../lib/metrics/forge-source.ts';
import { enrolledSource, objectSource } from '../../../lib/metrics/object-source.ts';
import type { Samples } from '../../../lib/metrics/scrape.ts';
import { StatusBoard } from '../../../lib/metrics/status-board.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import {
  enrolledCanonical,
  storedCanonical,
  storedRun,
  storedSweep,
  storedWarmService,
  TIME,
} from '../../builders/stored-object.ts';

const AT = Date.parse(TIME) / 1000;
const { signal } = new AbortController();

const condition = (type: string, status: string, reason = 'R') => ({ type, status, reason, message: 'm' });

function bench(...shown: [StoredObject, Record<string, unknown>][]) {
  const objects = shown.map(([object]) => object);
  const board = new StatusBoard();
  for (const [object, status] of shown) board.note(object, status);
  const store = { list: (kind?: Kind) => objects.filter((one) => kind === undefined || one.kind === kind) };
  const read = async (source: typeof objectSource): Promise<Samples> => await source({ store, board }).read(signal);
  return { objects, board, store, read };
}

const knownGood = {
  ...{ generation: 'g', version: '1.0.0+1.0.0', commit: 'c', run: 'notes-1', promotedTime: TIME },
  snapshot: { digest: 'd', bytes: 4096, volumes: [] },
};

describe('metrics of objects', () => {
  it('count objects, invalid ones and conditions, by kind, and kinds that have none as 0', async () => {
    const rejected = { reason: 'InvalidSpec', problems: [] } as const;
    const { read } = bench(
      [storedRun({ name: 'a' }), { conditions: [condition('Succeeded', 'True'), condition('TornDown', 'True')] }],
      [storedRun({ name: 'b', rejected }), { conditions: [condition('Succeeded', 'True')] }],
    );
    const samples = await read(objectSource);
    const [runs, sweeps] = ['Run', 'Sweep'].map((kind) => ({ kind }));
    expect(samples.cc_ci_objects)
      .to.deep.include({ labels: runs, value: 2 })
      .and.deep.include({ labels: sweeps, value: 0 });
    expect(samples.cc_ci_objects_invalid).to.deep.include({ labels: runs, value: 1 });
    expect(samples.cc_ci_object_conditions).to.deep.equal([
      { labels: { kind: 'Run', type: 'Succeeded', status: 'True' }, value: 2 },
      { labels: { kind: 'Run', type: 'TornDown', status: 'True' }, value: 1 },
    ]);
  });

  it('count runs that are not over by their reason, and say since when the first of them waits', async () => {
    const open = (reason: string) => ({ conditions: [condition('Succeeded', 'Unknown', reason)] });
    const later = new Date((AT + 60) * 1000).toISOString();
    const { read } = bench(
      [storedRun({ name: 'a', creationTimestamp: later }), open('Pending')],
      [storedRun({ name: 'b', creationTimestamp: TIME }), open('Running')],
      [storedRun({ name: 'c' }), { conditions: [condition('Succeeded', 'False', 'Failed')] }],
    );
    const samples = await read(objectSource);
    const counts = samples.cc_ci_runs_unfinished?.map(({ labels, value }) => [labels.reason, value]);
    expect(counts).to.deep.equal([
      ['Pending', 1],
      ['Running', 1],
      ['Retrying', 0],
      ['Suspended', 0],
    ]);
    expect(samples.cc_ci_run_oldest_pending_timestamp_seconds).to.deep.equal([{ labels: {}, value: AT + 60 }]);
  });

  it('an object that this process has not looked at yet is there, and says nothing more', async () => {
    const { read, objects } = bench();
    objects.push(enrolledCanonical());
    expect((await read(objectSource)).cc_ci_objects).to.deep.include({ labels: { kind: 'Canonical' }, value: 1 });
    expect((await read(enrolledSource)).cc_ci_canonical_ready).to.deep.equal([]);
  });

  it('what is gone is said no more, nor of one that has its name now', async () => {
    const { read, objects } = bench([enrolledCanonical(), { conditions: [condition('Ready', 'True')], knownGood }]);
    expect((await read(enrolledSource)).cc_ci_known_good_bytes).to.have.length(1);
    objects.splice(0, 1, enrolledCanonical({ uid: 'another' }));
    expect((await read(enrolledSource)).cc_ci_known_good_bytes).to.deep.equal([]);
  });

  it('a status without anything in it, as that of a damaged record, is no fault', async () => {
    const { read } = bench(
      [enrolledCanonical(), {}],
      [storedWarmService(), {}],
      [storedSweep(), {}],
      [storedRun({ name: 'r' }), {}],
    );
    expect((await read(enrolledSource)).cc_ci_canonical_ready).to.deep.equal([
      { labels: { recipe: 'notes' }, value: 0 },
    ]);
    expect((await read(objectSource)).cc_ci_object_conditions).to.deep.equal([]);
  });
});

describe('metrics of what is enrolled', () => {
  it('tell of a known-good by the recipe of its Canonical', async () => {
    const lease = { run: 'notes-1', uid: 'u', since: TIME };
    const status = { conditions: [condition('Ready', 'True')], knownGood, lease };
    const samples = await bench([enrolledCanonical({ name: 'other-name' }), status]).read(enrolledSource);
    const labels = { recipe: 'notes' };
    expect(samples.cc_ci_canonical_ready).to.deep.equal([{ labels, value: 1 }]);
    expect(samples.cc_ci_known_good_bytes).to.deep.equal([{ labels, value: 4096 }]);
    expect(samples.cc_ci_known_good_promoted_timestamp_seconds).to.deep.equal([{ labels, value: AT }]);
    expect(samples.cc_ci_lease_start_timestamp_seconds).to.deep.equal([{ labels, value: AT }]);
    expect(samples.cc_ci_leases).to.deep.include({ labels: { kind: 'Canonical' }, value: 1 });
  });

  it('name no recipe of a Canonical that was not accepted', async () => {
    const samples = await bench([storedCanonical(), { conditions: [], knownGood }]).read(enrolledSource);
    expect(samples.cc_ci_canonical_ready).to.deep.equal([]);
    expect(samples.cc_ci_known_good_bytes).to.deep.equal([]);
  });

  it('tell of warm services', async () => {
    const status = {
      conditions: [condition('Ready', 'True'), condition('Held', 'True')],
      quarantine: [{}, {}],
      leases: [{}, {}, {}],
      snapshot: { id: 's', time: TIME, bytes: 10, digest: 'd' },
    };
    const samples = await bench([storedWarmService({ name: 'keycloak' }), status]).read(enrolledSource);
    const of = (value: number) => [{ labels: { service: 'keycloak' }, value }];
    expect(samples.cc_ci_warm_service_ready).to.deep.equal(of(1));
    expect(samples.cc_ci_warm_service_held).to.deep.equal(of(1));
    expect(samples.cc_ci_warm_service_quarantined_versions).to.deep.equal(of(2));
    expect(samples.cc_ci_warm_service_set_bytes).to.deep.equal(of(10));
    expect(samples.cc_ci_warm_service_set_timestamp_seconds).to.deep.equal(of(AT));
    expect(samples.cc_ci_leases).to.deep.include({ labels: { kind: 'WarmService' }, value: 3 });
  });

  it('what is suspended is neither ready nor not', async () => {
    const suspended = { by: 'Request' };
    const { read } = bench(
      [enrolledCanonical(), { suspended, knownGood }],
      [storedWarmService({ uid: 'uid-2' }), { suspended }],
    );
    const samples = await read(enrolledSource);
    expect(samples.cc_ci_canonical_ready).to.deep.equal([]);
    expect(samples.cc_ci_warm_service_ready).to.deep.equal([]);
    expect(samples.cc_ci_known_good_bytes).to.have.length(1);
  });

  it('a held version is told without the condition as well', async () => {
    const samples = await bench([storedWarmService(), { version: { held: '2.0.0+2.0.0' } }]).read(enrolledSource);
    expect(samples.cc_ci_warm_service_held?.[0]?.value).to.equal(1);
  });

  it('tell of sweeps: the next one, and the last that ended', async () => {
    const last = { occurrence: 'o', startTime: TIME, completionTime: TIME, result: 'Failed', passed: 3, failed: 1 };
    const samples = await bench([storedSweep(), { nextScheduleTime: TIME, history: [last] }]).read(enrolledSource);
    const labels = { sweep: 'weekly' };
    expect(samples.cc_ci_sweep_next_start_timestamp_seconds).to.deep.equal([{ labels, value: AT }]);
    expect(samples.cc_ci_sweep_last_end_timestamp_seconds).to.deep.equal([{ labels, value: AT }]);
    expect(samples.cc_ci_sweep_last_recipes?.map((one) => [one.labels.result, one.value])).to.deep.equal([
      ['Passed', 3],
      ['Failed', 1],
      ['Skipped', 0],
    ]);
  });
});

describe('metrics of the forge', () => {
  it('are absent without a bridge', async () => {
    expect(await forgeSource(() => undefined).read(signal)).to.deep.equal({});
  });

  it('tell of each repository that is watched, and of one that never answered as well', async () => {
    const polls = () => [
      { repository: 'o/a', lastPollTime: TIME },
      { repository: 'o/b', lastPollTime: undefined },
    ];
    const samples = await forgeSource(() => ({ polls, outbox: () => 4 })).read(signal);
    expect(samples.cc_ci_forge_last_poll_timestamp_seconds).to.deep.equal([
      { labels: { repository: 'o/a' }, value: AT },
      { labels: { repository: 'o/b' }, value: 0 },
    ]);
    expect(samples.cc_ci_forge_outbox_deliveries).to.deep.equal([{ labels: {}, value: 4 }]);
  });

  it('do not say that nothing waits before it was looked', async () => {
    const samples = await forgeSource(() => ({ polls: () => [], outbox: () => undefined })).read(signal);
    expect(samples.cc_ci_forge_outbox_deliveries).to.deep.equal([]);
  });
});
