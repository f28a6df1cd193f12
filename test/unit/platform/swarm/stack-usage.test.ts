import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError } from '../../../../lib/errors.ts';
import type { UsageKind } from '../../../../lib/platform/platform.ts';
import { readMemory, readRoom } from '../../../../lib/platform/swarm/engine/usage.ts';
import { usageOfStack } from '../../../../lib/platform/swarm/stack/usage.ts';
import { codeOf } from '../../../contract/platform/platform-contract.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { FakeEngine } from '../../../fakes/fake-engine.ts';

const never = new AbortController().signal;
const STACK = 'notes_ci_test';

describe('what an engine says of memory and room', () => {
  it('takes the file cache off that the kernel would give up, by the word of either version of cgroups', () => {
    const one = { usage: 500, max_usage: 900, stats: { inactive_file: 1, total_inactive_file: 200 } };
    expect(readMemory({ memory_stats: one })).to.deep.equal({ bytes: 300, mark: { nowBytes: 500, mostBytes: 900 } });
    expect(readMemory({ memory_stats: { usage: 500, stats: { inactive_file: 100 } } })).to.deep.equal({ bytes: 400 });
  });

  it('a container that does not run, and a kernel without accounts, say nothing: not 0', () => {
    for (const memory of [{}, null, undefined, { usage: 0, stats: {} }]) {
      expect(readMemory({ memory_stats: memory })).to.equal(undefined);
    }
    expect(() => readMemory({ memory_stats: { usage: 'much' } })).to.throw(TypeError);
  });

  it('gives volumes with and without a name, and no directory of the host', () => {
    const Mounts = [
      { Type: 'volume', Name: 'notes_data', Source: '/var/lib/docker/volumes/notes_data/_data' },
      { Type: 'volume', Name: 'e3b0', Source: '/var/lib/docker/volumes/e3b0/_data' },
      { Type: 'bind', Source: '/etc' },
      { Type: 'tmpfs' },
    ];
    const Labels = { 'com.docker.swarm.service.name': 'notes_app' };
    expect(readRoom({ Labels, SizeRw: 12, SizeRootFs: 99, Mounts })).to.deep.equal({
      service: 'notes_app',
      layerBytes: 12,
      volumes: ['/var/lib/docker/volumes/notes_data/_data', '/var/lib/docker/volumes/e3b0/_data'],
    });
    expect(readRoom({ Labels })).to.include({ layerBytes: 0 });
  });
});

describe('usage of a stack', () => {
  let engine: FakeEngine;

  beforeEach(async () => {
    engine = await new FakeEngine().open();
    for (const name of ['app', 'db']) engine.put(STACK, name, { image: 'notes:1', replicas: 1, labels: {} });
  });
  afterEach(() => engine.close());

  const service = (name: string) => ({ name, image: 'notes:1', replicas: 1, specDigest: '' });
  const usage = async (kinds: readonly UsageKind[], names = ['app', 'db']) =>
    await usageOfStack(
      { engine, clock: new FakeClock(), record: { stack: STACK, services: names.map(service) }, kinds },
      never,
    );
  /** A running container of each, as the engine lists it. */
  const run = (name: string, id: string): void => {
    engine.containers.push({ id, service: `${STACK}_${name}`, taskId: '', state: 'running', stack: STACK });
    const owner = [...engine.serviceMap.values()].find((one) => one.name === `${STACK}_${name}`);
    for (const task of engine.tasks) if (task.serviceId === owner?.id) task.containerId = id;
  };

  it('adds up replicas, names each container, and leaves out a service that the engine does not have', async () => {
    run('app', 'c1');
    run('app', 'c2');
    run('db', 'c3');
    for (const [id, bytes] of Object.entries({ c1: 10, c2: 20, c3: 30 })) engine.memoryMap.set(id, { bytes });
    expect(await usage(['Memory'], ['db', 'gone', 'app'])).to.deep.equal([
      { service: 'db', memory: [{ id: 'c3', bytes: 30 }] },
      {
        service: 'app',
        memory: [
          { id: 'c1', bytes: 10 },
          { id: 'c2', bytes: 20 },
        ],
      },
    ]);
    expect(engine.calls.filter((call) => call.startsWith('rooms'))).to.deep.equal([]);
  });

  it('says why a figure is missing: nothing runs, it runs elsewhere, nobody keeps it, it cannot be read', async () => {
    expect(await usage(['Memory'], ['app'])).to.deep.equal([{ service: 'app', memoryGap: 'Elsewhere' }]);
    for (const task of engine.tasks) task.state = 'shutdown';
    expect(await usage(['Memory', 'Disk'], ['app'])).to.deep.equal([
      { service: 'app', memoryGap: 'NotRunning', diskGap: 'NotRunning' },
    ]);
    run('app', 'c1');
    expect(await usage(['Memory'], ['app'])).to.deep.equal([{ service: 'app', memoryGap: 'Untold' }]);
    engine.failNext('memory', new CcError('InvalidInput', 'no'));
    expect(await usage(['Memory'], ['app'])).to.deep.equal([{ service: 'app', memoryGap: 'Unreadable' }]);
  });

  it('one container that died meanwhile takes nothing from the others', async () => {
    run('app', 'c1');
    run('app', 'c2');
    engine.memoryMap.set('c2', { bytes: 20 });
    expect(await usage(['Memory'], ['app'])).to.deep.equal([
      { service: 'app', memory: [{ id: 'c2', bytes: 20 }], memoryGap: 'Untold' },
    ]);
  });

  it('counts layers and volumes; a shared volume for each, a lost or unreachable one is no 0', async () => {
    run('app', 'c1');
    run('db', 'c2');
    const shared = join(engine.directory, 'shared', '_data');
    await mkdir(shared, { recursive: true });
    await writeFile(join(shared, 'file'), Buffer.alloc(1_000_000, 1));
    const room = (name: string, layerBytes: number, volumes: string[]) =>
      engine.roomList.push({ service: `${STACK}_${name}`, layerBytes, volumes, stack: STACK });
    room('app', 5_000_000, [shared]);
    room('db', 0, [shared, '/nowhere/at/all']);
    const [app, db] = await usage(['Disk']);
    expect(app?.diskBytes).to.be.within(6_000_000, 6_200_000);
    expect(app).to.not.have.property('diskGap');
    expect(db?.diskBytes).to.be.within(1_000_000, 1_200_000);
    expect(db).to.include({ diskGap: 'Unreadable' });
    expect(app).to.not.have.any.keys('memory', 'memoryGap');
  });

  it('an engine that is gone is an error, not an empty list', async () => {
    run('app', 'c1');
    for (const method of ['stack', 'memory', 'rooms']) {
      engine.failNext(method, new CcError('Unreachable', 'gone'));
      expect(await codeOf(usage(['Memory', 'Disk']))).to.equal('Unreachable');
    }
  });
});
