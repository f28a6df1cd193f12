import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { newJournal, type RunJournal } from '../../../controllers/run/journal.ts';
import { runReconciler } from '../../../controllers/run/reconciler.ts';
import type { RunServices } from '../../../controllers/run/stage.ts';
import type { RunStatus } from '../../../lib/api/index.ts';
import { CcError } from '../../../lib/errors.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { endedJournal, runJournal, runProgress, testingJournal } from '../../builders/run-facts.ts';
import { storedRun } from '../../builders/stored-object.ts';
import { codeOf } from '../../rig/code-of.ts';
import { RunWorld } from './run-world.ts';

describe('passes over runs', () => {
  let world: RunWorld;
  let journals: Map<string, RunJournal | Error>;
  let shown: Map<string, RunStatus>;

  beforeEach(() => {
    world = new RunWorld();
    [journals, shown] = [new Map(), new Map()];
    add('a', runJournal());
    add('b', runJournal());
  });
  afterEach(() => world.close());

  const at = (name: string) => `2030-01-01T00:00:0${name.charCodeAt(0) - 97}.000Z`;
  function add(
    name: string,
    journal: RunJournal | Error,
    changes: Partial<StoredObject> = {},
    ...[recipe = 'notes', spec = {}]: [string?, object?]
  ): void {
    const object = { name, creationTimestamp: at(name), ...changes };
    world.others.set(`Run/${name}`, storedRun(object, { recipe, ...spec }));
    journals.set(name, journal);
  }
  const kind = () => {
    const services = world.services();
    Object.assign(services.store, {
      readJournal: async ({ name }: { name: string }) => {
        const journal = journals.get(name);
        if (journal instanceof Error) throw journal;
        return structuredClone(journal);
      },
      writeJournal: async ({ name }: { name: string }, journal: RunJournal) => {
        journals.set(name, structuredClone(journal));
        world.lines.push(`save ${name} ${journal.step}`);
      },
      accept: async ({ name }: StoredObject) => {
        await world.say(`accept ${name}`, undefined);
        world.onAccept(name);
      },
      refuse: ({ name }: StoredObject, { reason }: { reason: string }) =>
        world.say(`refuse ${name} ${reason}`, undefined),
      projectStatus: async ({ name }: StoredObject, status: RunStatus) => void shown.set(name, status),
    });
    return runReconciler(services as unknown as RunServices);
  };
  const pass = (name: string, one = kind()) =>
    one.reconcile({ kind: 'Run', name }, { signal: world.abort.signal, leavePool: () => {} });
  const journal = (name: string) => journals.get(name) as RunJournal;
  const saves = () => world.took().filter((line) => line.startsWith('save'));

  it('start one after the other: there is one slot, and the older goes first', async () => {
    const one = kind();
    await one.load();
    expect(await pass('b', one)).to.deep.include({ afterMs: 5_000, reason: 'Slot' });
    expect(shown.get('b')?.queue).to.deep.equal({ position: 1, reason: 'Slot' });
    expect(await pass('a', one)).to.deep.include({ afterMs: 0, reason: 'AttemptStarted' });
    expect([journal('a').step, journal('b').step]).to.deep.equal(['Testing', 'Pending']);
    expect(shown.get('a')).to.include({ artifacts: 'runs/a-uida' }).and.not.have.property('queue');
    await pass('b', one);
    expect(journal('b').step).to.equal('Pending');
  });

  it('of two that see one free slot only one takes it', async () => {
    const one = kind();
    await one.load();
    const passes = await Promise.all([pass('a', one), pass('b', one)]);
    expect(['a', 'b'].map((name) => journal(name).step)).to.deep.equal(['Testing', 'Pending']);
    expect(passes[1]).to.include({ outcome: 'Requeue' });
  });

  it('wake the next when a slot comes free', async () => {
    journals.set('a', testingJournal({ step: 'TearingDown' }));
    const one = kind();
    await one.load();
    world.took();
    await pass('b', one);
    journals.set('a', endedJournal());
    await pass('a', one);
    expect(world.took()).to.include('enqueue Run/b');
  });

  it('wake the next where one that held the slot is gone by the time it is looked at', async () => {
    journals.set('a', testingJournal());
    const one = kind();
    await one.load();
    world.took();
    world.onAccept = (name) => void world.others.delete(`Run/${name}`);
    expect(await pass('a', one)).to.deep.equal({ outcome: 'Done' });
    expect(world.took()).to.deep.equal(['accept a', 'enqueue Run/b']);
    world.onAccept = () => {};
    expect(await pass('b', one)).to.deep.include({ reason: 'AttemptStarted' });
  });

  it('wait while there is no room, without a limit', async () => {
    world.diskFloorBytes = Number.MAX_VALUE;
    expect(await pass('a')).to.deep.include({ afterMs: 5_000, reason: 'DiskFloor' });
    expect(shown.get('a')?.queue).to.deep.equal({ position: 1, reason: 'DiskFloor' });
    expect(saves()).to.deep.equal(['save a Pending']);
  });

  it('wait while there is no memory, and say why; small ones go ahead', async () => {
    const services = [{ service: 'app', peakMemoryBytes: 3 * 2 ** 30 }];
    const frozen = { stages: [{ name: 'Install', result: 'Passed', usage: { samples: 1, services } }] };
    add('o', endedJournal({ frozen, completionTime: at('o') }), {}, 'big');
    add('a', testingJournal());
    add('b', runJournal(), {}, 'big');
    add('c', runJournal(), {}, 'small');
    world.maxRuns = 3;
    world.memory = { availableBytes: 2 * 2 ** 30, totalBytes: 2 ** 40 };
    const one = kind();
    await one.load();
    expect(await pass('b', one)).to.deep.include({ afterMs: 5_000, reason: 'MemoryFloor' });
    expect(shown.get('b')?.queue).to.deep.equal({ position: 1, reason: 'MemoryFloor' });
    expect(shown.get('b')?.conditions.find(({ type }) => type === 'Succeeded')?.message).to.include('took 3072 MiB');
    expect(await pass('c', one)).to.deep.include({ reason: 'AttemptStarted' });
    world.memory = { availableBytes: 4 * 2 ** 30, totalBytes: 2 ** 40 };
    expect(await pass('b', one)).to.deep.include({ reason: 'AttemptStarted' });
  });

  it('count what an active one has still to take', async () => {
    const services = [{ service: 'app', peakMemoryBytes: 3 * 2 ** 30 }];
    const stage = { name: 'Install', result: 'Passed', usage: { samples: 1, services } } as const;
    add('o', endedJournal({ frozen: { stages: [stage] }, completionTime: at('o') }), {}, 'big');
    const progress = runProgress();
    add('a', testingJournal({ progress }), {}, 'big');
    world.maxRuns = 3;
    world.memory = { availableBytes: 3 * 2 ** 30, totalBytes: 2 ** 40 };
    const waits = async () => {
      const one = kind();
      await one.load();
      return await pass('b', one);
    };
    expect(await waits()).to.deep.include({ reason: 'MemoryFloor' });
    Object.assign(progress.stages.find(({ name }) => name === 'Install')!, stage);
    expect(await waits()).to.deep.include({ reason: 'AttemptStarted' });
  });

  it('of a person go ahead of a pull request, and that of a seed', async () => {
    const owner = { ownerReferences: [{ kind: 'Canonical', name: 'notes', uid: 'u' }] } as const;
    world.others.set('Canonical/notes', { ...storedRun(), kind: 'Canonical', name: 'notes', uid: 'u' });
    add('a', runJournal(), owner);
    add('b', runJournal(), {}, 'notes', { pullRequest: { number: 1 } });
    add('c', runJournal());
    const one = kind();
    await one.load();
    for (const name of ['a', 'b']) expect(await pass(name, one)).to.deep.include({ reason: 'Slot' });
    expect(['a', 'b'].map((name) => shown.get(name)?.queue?.position)).to.deep.equal([2, 1]);
    expect(await pass('c', one)).to.deep.include({ reason: 'AttemptStarted' });
  });

  it('tell who waits until none is active', async () => {
    journals.set('a', testingJournal());
    const one = kind();
    await one.load();
    expect(world.activity.active()).to.equal(1);
    world.activity.onIdle({ kind: 'Sweep', name: 'weekly' });
    world.took();
    journals.set('a', endedJournal());
    await pass('a', one);
    expect(world.took()).to.include('idle Sweep/weekly');
    expect(world.activity.active()).to.equal(0);
  });

  it('rest while suspended, by whomever, and say so; they hold nobody up', async () => {
    add('a', runJournal(), { suspended: true });
    const one = kind();
    await one.load();
    expect(await pass('a', one)).to.deep.equal({ outcome: 'Done' });
    expect(shown.get('a'))
      .to.deep.include({ suspended: { by: 'Request' } })
      .and.not.have.property('queue');
    expect(await pass('b', one)).to.deep.include({ reason: 'AttemptStarted' });
    const spec = storedRun({}, { suspend: true }).spec;
    add('a', runJournal(), { spec });
    expect(await pass('a', one)).to.deep.equal({ outcome: 'Done' });
  });

  it('wait out a back-off, and hold nobody up', async () => {
    journals.set('a', runJournal({ retryAt: world.clock.now() + 4_000 }));
    const one = kind();
    await one.load();
    expect(await pass('a', one)).to.deep.include({ afterMs: 4_000, reason: 'InfraFault' });
    expect(await pass('b', one)).to.deep.include({ reason: 'AttemptStarted' });
  });

  it('T84 one whose journal cannot be read holds no slot, owns something, and stalls', async () => {
    journals.set('a', new CcError('Damaged', 'x'));
    const one = kind();
    await one.load();
    const object = (name: string) => world.others.get(`Run/${name}`)!;
    expect([one.owns(object('a')), one.owns(object('b'))]).to.deep.equal([true, false]);
    expect(await pass('b', one)).to.deep.include({ reason: 'AttemptStarted' });
    expect(await codeOf(pass('a', one))).to.equal('Damaged');
    journals.set('a', new CcError('Unreachable', 'x'));
    expect(await codeOf(kind().load())).to.equal('Unreachable');
  });

  it('that are tested here when the controller stops count no crash; others are left alone', async () => {
    journals.set('a', testingJournal());
    journals.set('b', testingJournal({ session: 'old' }));
    add('c', testingJournal({ step: 'TearingDown' }));
    await kind().stopped();
    expect(world.took()).to.deep.equal(['save a Testing']);
    expect(journal('a')).to.deep.equal({ ...testingJournal(), stoppedGracefully: true });
  });

  it('accept their file as it is, and refuse what may not change after the start', async () => {
    journals.set('a', testingJournal());
    await pass('a').catch(() => undefined);
    expect(world.took()).to.include('accept a');
    const spec = storedRun().spec;
    add('a', testingJournal(), {
      accepted: { spec, digest: 'd0', generation: 1 },
      spec: { ...(spec as object), ref: 'x' },
    });
    await pass('a').catch(() => undefined);
    expect(world.took()).to.include('refuse a ImmutableField').and.not.include('accept a');
    journals.set('a', runJournal());
    await pass('a').catch(() => undefined);
    expect(world.took()).to.include('accept a');
  });

  it('go on without a record of an attempt that cannot be read: the attempt is given up, with a warning', async () => {
    journals.set('a', testingJournal());
    const root = join(world.root, 'runs', 'a-uida');
    mkdirSync(root, { recursive: true });
    for (const name of ['progress.json', 'resolved.json']) writeFileSync(join(root, name), '{');
    expect(await pass('a')).to.deep.include({ reason: 'Crash' });
    expect(world.log.take()).to.deep.equal(['warn', 'warn']);
    expect(journal('a')).to.deep.include({ crashes: 1, step: 'TearingDown' });
  });

  it('stop for a cancel and for nothing else that people ask', () => {
    const object = world.others.get('Run/a')!;
    const asked = (verb: string) => ({ ...object, requests: [{ id: '1', verb }] }) as unknown as StoredObject;
    const one = kind();
    expect(
      ['cancel', 'retry', 'suspend', 'reconcile'].map((verb) => one.interrupts(object, asked(verb))),
    ).to.deep.equal([...[true, false, false, false]]);
    expect([one.kind, one.concurrency > 1, newJournal('s').step]).to.deep.equal(['Run', true, 'Pending']);
  });
});
