import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { performCanonicalAction } from '../../../controllers/canonical/actions.ts';
import type { CanonicalView } from '../../../controllers/canonical/observe.ts';
import { type CanonicalAction, type CanonicalFacts, VERIFY_INTERVAL_MS } from '../../../controllers/canonical/plan.ts';
import { AppHome } from '../../../lib/app/app-home.ts';
import { CcError } from '../../../lib/errors.ts';
import { acquireLease, readLease, releaseLease } from '../../../lib/known-good/lease.ts';
import { LeaseTurns } from '../../../lib/known-good/lease-turns.ts';
import type { VolumesState } from '../../../lib/known-good/volumes-state.ts';
import { fingerprintOf } from '../../../lib/snapshot/fingerprint.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { canonicalJournal, canonicalView } from '../../builders/canonical-facts.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { codeOf } from '../../rig/code-of.ts';

const MANIFEST = { id: 'g1', recipe: 'notes', source: '/src', version: '1.0.0', commit: 'c1' };

/** Everything that an act asks of the world, as lines; each line can be made to fail once. */
class World {
  readonly lines: string[] = [];
  readonly failures = new Map<string, Error>();
  /** Kept beside the lines: what a journal held when it was saved. */
  saved: string[] = [];
  state: 'Intact' | 'Damaged' | 'Missing' = 'Intact';
  isEmpty = false;
  deployed = false;
  left: string[] = [];
  absent = true;
  claimUid = 'uid-notes';
  recipeSource: string | undefined = '/src';
  versions: string[] = ['1.2.0+1.2.0', '1.1.0+1.1.0'];
  volumes: string[] = ['data'];
  volumesState: VolumesState = { state: 'Clean', generation: 'g1' };

  /** Takes its time, so that nobody goes on who does not wait for it. */
  async say<T>(line: string, answer: T): Promise<T> {
    await settle();
    this.lines.push(line);
    const failure = this.failures.get(line);
    this.failures.delete(line);
    if (failure !== undefined) throw failure;
    return answer;
  }
}

describe('what is done to a canonical', () => {
  let root: string;
  let world: World;
  let clock: FakeClock;
  let log: FakeLog;
  let signal: AbortController;
  let view: CanonicalView;

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-acts-')));
    world = new World();
    clock = new FakeClock();
    log = new FakeLog();
    signal = new AbortController();
    view = viewOf({});
  });
  afterEach(() => rm(root, { recursive: true }));

  const canonicals = (): string => join(root, 'canonicals/notes');
  const viewOf = (facts: Partial<CanonicalFacts>, changes: Partial<CanonicalView> = {}): CanonicalView => {
    const plain = canonicalView({ prepared: 'Absent', ...facts });
    mkdirSync(join(canonicals(), 'generations/g1'), { recursive: true });
    return {
      ...plain,
      ...{ journal: canonicalJournal(), source: '/src', manifest: MANIFEST as never },
      ...{ home: new AppHome(root, plain.domain), knownGood: knownGood() as never },
      ...changes,
    };
  };
  const knownGood = () => ({
    pointerId: async () => 'g1',
    directory: canonicals(),
    sets: {
      pathOf: (id: string) => join(canonicals(), 'generations', id),
      verify: async (id: string) =>
        world.say(
          `verify ${id}`,
          world.state === 'Damaged'
            ? { state: 'Damaged', reason: 'a digest' }
            : { state: world.state, manifest: MANIFEST },
        ),
      newestIntactAncestor: async () => undefined,
      get: async () => undefined,
      list: async () => world.say('list sets', [{ id: 'g1', manifest: MANIFEST }]),
    },
    notePointer: () => world.say('note pointer', undefined),
    isEmpty: async () => world.isEmpty,
    sweep: () => world.say('sweep', undefined),
    volumesState: async () => world.volumesState,
    setVolumesState: ({ state }: VolumesState) => world.say(`volumes ${state}`, undefined),
  });
  const store = () => ({
    claims: {
      of: async () => [],
      claim: ({ domain, uid, attempt, kind }: { domain: string; uid: string; attempt: number; kind: string }) =>
        world.say(`claim ${domain} ${kind} ${uid} ${attempt}`, undefined),
      get: async () => ({ uid: world.claimUid }),
      release: (domain: string, uid: string) => world.say(`release ${domain} ${uid}`, undefined),
    },
    accept: ({ name }: StoredObject) => world.say(`accept ${name}`, undefined),
    refuse: (_: StoredObject, { reason }: { reason: string }) => world.say(`refuse ${reason}`, undefined),
    event: (_: unknown, { type, reason }: { type: string; reason: string }) =>
      world.say(`event ${type} ${reason}`, undefined),
    createRun: ({
      name,
      spec,
      owner,
      labels,
    }: {
      name: string;
      spec: object;
      owner: { uid: string };
      labels: object;
    }) => world.say(`create ${name} ${JSON.stringify(spec)} ${owner.uid} ${JSON.stringify(labels)}`, undefined),
    get: () => view.object,
    list: () => [{ kind: 'Run', name: 'r1' }],
    runningMs: () => 7_000.5,
    confirmAbsent: () => world.say('confirm absent', world.absent),
    markDestroying: () => world.say('mark destroying', undefined),
    remove: ({ name }: { name: string }) => world.say(`remove ${name}`, undefined),
  });
  const mirror = {
    fetch: () => world.say('fetch', undefined),
    versions: async () => ({ versions: world.versions.map((tag) => ({ tag })) }),
    keep: (ref: string, commit: string) => world.say(`keep ${ref} ${commit}`, undefined),
    release: (ref: string) => world.say(`release ${ref}`, undefined),
  };
  const services = () => ({
    store: store(),
    platform: {
      undeploy: ({ domain }: { domain: string }) => world.say(`undeploy ${domain}`, undefined),
      destroy: ({ domain }: { domain: string }) => world.say(`destroy ${domain}`, undefined),
      leftovers: async () => world.left,
      observe: async () => ({ deployed: world.deployed }),
      volumes: async () => world.volumes.map((name) => ({ name, path: join(root, 'v', name) })),
    },
    mirrors: {
      of: (recipe: string, source: string) => {
        world.lines.push(`mirror ${recipe} ${source}`);
        return mirror;
      },
    },
    turns: new LeaseTurns(clock, () => {}),
    limits: {
      isFull: () => false,
      run: (name: string, work: () => Promise<unknown>) => {
        world.lines.push(`limit ${name}`);
        return work();
      },
    },
    ...{ clock, log, session: 's1', instanceId: 'i', runner: {} },
    settings: { resyncMs: 60_000, stateDirectory: root, recipeSource: world.recipeSource },
    enqueue: ({ kind, name }: { kind: string; name: string }) => void world.lines.push(`enqueue ${kind}/${name}`),
  });
  const act = (action: CanonicalAction) =>
    performCanonicalAction(
      {
        ...{ services: services() as never, view },
        pass: { signal: signal.signal, leavePool: () => void world.lines.push('leave pool') },
        save: async () => {
          world.saved.push(JSON.stringify(view.journal));
          await world.say('save', undefined);
        },
        saveWithStatus: () => void world.lines.push('save with status'),
      },
      action,
    );
  const took = (): string[] => world.lines.splice(0);
  const { domain } = canonicalView({});

  it('claims its domain and only then accepts its spec, not one that is refused; the journal says so by the end of the pass', async () => {
    expect(await act({ type: 'Claim' })).to.deep.equal({ outcome: 'Requeue', afterMs: 0, reason: 'Claimed' });
    expect(took()).to.deep.equal([`claim ${domain} Canonical uid-notes 0`, 'save with status', 'accept notes']);
    expect(view.journal).to.deep.include({ domain, recipe: 'notes' });
    view = viewOf({ rejection: { reason: 'InvalidSpec', message: 'm' } as never });
    await act({ type: 'Claim' });
    expect(took().at(-1)).to.equal('save with status');
    world.failures.set(`claim ${domain} Canonical uid-notes 0`, new CcError('Conflict', 'taken'));
    expect(await codeOf(act({ type: 'Claim' }))).to.equal('Conflict');
    expect(took()).to.have.length(1);
  });

  it('is accepted or refused with its reason', async () => {
    expect(await act({ type: 'Accept' })).to.include({ afterMs: 0 });
    view = viewOf({ rejection: { reason: 'ImmutableField', message: 'm' } as never });
    expect(await act({ type: 'Refuse' })).to.include({ afterMs: 0 });
    expect(took()).to.deep.equal(['accept notes', 'refuse ImmutableField']);
    expect(await act({ type: 'Reject' })).to.deep.include({ afterMs: 60_000, reason: 'NotAccepted' });
    expect(await act({ type: 'Rest', reason: 'Leased', afterMs: 5 } as never)).to.deep.include({ afterMs: 5 });
  });

  describe('a look at its known-good', () => {
    it('that is intact is journaled for this process, and its pointer noted', async () => {
      await act({ type: 'Verify', id: 'g1' });
      expect(took()).to.deep.equal(['leave pool', 'limit Copy', 'verify g1', 'save', 'note pointer']);
      const fingerprint = await fingerprintOf(join(canonicals(), 'generations/g1'), signal.signal);
      const verified = { generation: 'g1', session: 's1', atRunningMs: 7_000.5, state: 'Intact', fingerprint };
      expect(view.journal.verified).to.deep.equal(verified);
    });

    it('that was intact is not read again at the next start, unless somebody wrote to it', async () => {
      await act({ type: 'Verify', id: 'g1' });
      Object.assign(view.journal.verified!, { session: 's0' });
      took();
      await act({ type: 'Verify', id: 'g1' });
      expect([took(), view.journal.verified?.session]).to.deep.equal([['leave pool', 'save'], 's1']);
      writeFileSync(join(canonicals(), 'generations/g1/manifest.json'), 'other');
      await act({ type: 'Verify', id: 'g1' });
      expect(took()).to.deep.equal(['leave pool', 'limit Look', 'verify g1', 'save', 'note pointer']);
    });

    it('that was intact a day ago is read again, slowly, and gives way to a run', async () => {
      await act({ type: 'Verify', id: 'g1' });
      view.journal.verified!.atRunningMs -= VERIFY_INTERVAL_MS;
      took();
      await act({ type: 'Verify', id: 'g1' });
      expect(took().slice(0, 3)).to.deep.equal(['leave pool', 'limit Look', 'verify g1']);
    });

    it('of an ancestor is journaled; damage is said', async () => {
      view = viewOf({
        looks: [
          { what: 'g0', atRunningMs: 1 },
          { what: 'g9', atRunningMs: 5 },
        ],
      });
      expect(await act({ type: 'Look', what: 'g0' })).to.include({ afterMs: 0, reason: 'Looked' });
      expect(took()).to.deep.equal(['leave pool', 'limit Look', 'verify g0', 'save']);
      expect(view.journal.looked).to.deep.equal({ g0: 7_000.5, g9: 5 });
      world.state = 'Damaged';
      await act({ type: 'Look', what: 'g0' });
      expect(took().slice(3)).to.deep.equal(['event Warning AncestorDamaged', 'save']);
    });

    for (const [state, reason] of [
      ['Damaged', 'a digest'],
      ['Missing', 'the generation is gone'],
    ] as const) {
      it(`that is ${state} is journaled with the reason, said, and nothing is noted`, async () => {
        world.state = state;
        await act({ type: 'Verify', id: 'g1' });
        expect(took().slice(3)).to.deep.equal(['save', 'event Warning SnapshotDamaged']);
        expect(view.journal.verified).to.include({ state: 'Damaged', reason });
        world.state = 'Intact';
        await act({ type: 'Verify', id: 'g1' });
        expect(view.journal.verified).to.include({ state: 'Intact' }).and.not.have.property('reason');
      });
    }

    it('T81 that the system cannot take now journals nothing', async () => {
      world.failures.set('verify g1', Object.assign(new Error('x'), { code: 'EMFILE' }));
      expect(await codeOf(act({ type: 'Verify', id: 'g1' }))).to.equal('EMFILE');
      expect([world.saved, view.journal.verified]).to.deep.equal([[], undefined]);
    });
  });

  describe('the newest release', () => {
    it('is fetched and journaled; none is journaled as none', async () => {
      await act({ type: 'FindNewest' });
      expect(took()).to.deep.equal(['leave pool', 'mirror notes /src', 'fetch', 'save']);
      expect(view.journal.newest).to.deep.equal({ tag: '1.2.0+1.2.0', atRunningMs: 7_000.5, session: 's1' });
      world.versions = [];
      await act({ type: 'FindNewest' });
      expect(view.journal.newest).to.not.have.property('tag');
    });

    for (const [code, expected] of [
      ['Unreachable', 'Unreachable'],
      ['Misconfigured', 'InvalidSource'],
    ] as const) {
      it(`T13 of a source that is ${code} is not "none": ${expected}`, async () => {
        world.failures.set('fetch', new CcError(code, 'no'));
        const error = (await act({ type: 'FindNewest' }).catch((caught: unknown) => caught)) as CcError & {
          reason?: string;
        };
        expect([error.reason ?? error.code, world.saved]).to.deep.equal([expected, []]);
      });
    }

    for (const [where, source, reason] of [
      ['nowhere', undefined, 'NoSource'],
      ['a relative path', 'recipes/{recipe}', 'InvalidSource'],
    ] as const)
      it(`of ${where} stalls`, async () => {
        world.recipeSource = source;
        const error: unknown = await act({ type: 'FindNewest' }).catch((caught: unknown) => caught);
        expect([(error as { reason: string }).reason, took()]).to.deep.equal([reason, []]);
      });
  });

  describe('a seed', () => {
    const create = `create notes-seed-abc {"recipe":"notes","ref":"1.2.0","mode":"Cold"} uid-notes {"cc-ci/seed":"notes"}`;
    beforeEach(() => {
      view.journal.newest = { tag: '1.2.0', atRunningMs: 0, session: 's1' };
    });

    it('is created, journaled and looked at, in this order', async () => {
      expect(await act({ type: 'Seed', hash: 'abc' })).to.deep.include({ afterMs: 60_000, reason: 'Seeding' });
      const rest = ['save', 'enqueue Run/notes-seed-abc', 'event Normal Seeding'];
      expect(took()).to.deep.equal([create, ...rest]);
      expect(view.journal.seed).to.deep.equal({ run: 'notes-seed-abc', hash: 'abc', tag: '1.2.0' });
    });

    it('I8 that exists already is the same; one that cannot be created is journaled by nobody', async () => {
      world.failures.set(create, new CcError('Conflict', 'there'));
      await act({ type: 'Seed', hash: 'abc' });
      expect(view.journal.seed?.hash).to.equal('abc');
      delete view.journal.seed;
      world.failures.set(create, new CcError('NoSpace', 'full'));
      expect([await codeOf(act({ type: 'Seed', hash: 'abc' })), view.journal.seed]).to.deep.equal([
        'NoSpace',
        undefined,
      ]);
    });

    it('has a name that is short enough', async () => {
      view = viewOf({}, { object: { ...view.object, name: 'n'.repeat(60) } });
      view.journal.newest = { tag: '1', atRunningMs: 0, session: 's1' };
      await act({ type: 'Seed', hash: '12345678' });
      expect(view.journal.seed?.run).to.equal(`${'n'.repeat(45)}-seed-12345678`);
    });
  });

  describe('its deletion', () => {
    it('takes the app down, journals for which start, and wakes the runs', async () => {
      view = viewOf({ deletionStartedRunningMs: 42 });
      expect(await act({ type: 'Undeploy' })).to.include({ afterMs: 0 });
      expect(took()).to.deep.equal(['leave pool', `undeploy ${domain}`, 'save', 'enqueue Run/r1']);
      expect(view.journal.undeployedFor).to.equal(42);
      world.failures.set(`undeploy ${domain}`, new CcError('Unreachable', 'no'));
      delete view.journal.undeployedFor;
      expect(await codeOf(act({ type: 'Undeploy' }))).to.equal('Unreachable');
      expect(view.journal.undeployedFor).to.equal(undefined);
    });

    it('I7 begins where the file is proven absent, or somebody asked for it', async () => {
      expect(await act({ type: 'StartDestroying' })).to.include({ afterMs: 0 });
      expect(took()).to.deep.equal(['confirm absent', 'mark destroying']);
      world.absent = false;
      expect(await act({ type: 'StartDestroying' })).to.deep.include({ afterMs: 1_000, reason: 'FileReturned' });
      expect(took()).to.deep.equal(['confirm absent']);
      view = viewOf({}, { object: { ...view.object, deletion: { state: 'Started', requested: true } as never } });
      await act({ type: 'StartDestroying' });
      expect(took()).to.deep.equal(['mark destroying']);
    });

    const GONE = ['list sets', 'mirror notes /src', 'release generation-uid-note-g1'];
    const FORGOTTEN = [`release ${domain} uid-notes`, 'remove notes'];

    it('I17 destroys, proves by a listing that all is gone, and only then forgets', async () => {
      writeFileSync(join(canonicals(), 'known-good.json'), '{}');
      expect(await act({ type: 'Destroy' })).to.deep.equal({ outcome: 'Done' });
      expect(took()).to.deep.equal(['leave pool', 'limit Teardown', `destroy ${domain}`, ...GONE, ...FORGOTTEN]);
      expect(() => readFileSync(join(canonicals(), 'known-good.json'))).to.throw();
    });

    it('T62 of which something is left is journaled with that, and tried again', async () => {
      world.left = ['volume data'];
      expect(await act({ type: 'Destroy' })).to.deep.include({ afterMs: 5_000 });
      expect(took()).to.deep.equal(['leave pool', 'limit Teardown', `destroy ${domain}`, 'save']);
      expect(JSON.parse(world.saved[0]!).remaining).to.deep.equal(['volume data']);
      world.left = [];
      expect(await act({ type: 'Destroy' })).to.deep.equal({ outcome: 'Done' });
    });

    it('I17 touches no app that another object has claimed', async () => {
      world.claimUid = 'other';
      await act({ type: 'Destroy' });
      expect(took()).to.deep.equal(['leave pool', ...GONE, ...FORGOTTEN]);
    });

    it('is not held up by a mirror that cannot be written, but by a pass that is stopped', async () => {
      world.failures.set(GONE[2]!, new CcError('NoSpace', 'full'));
      expect(await act({ type: 'Destroy' })).to.deep.equal({ outcome: 'Done' });
      expect(log.take()).to.deep.equal(['warn']);
      signal.abort(new CcError('Aborted', 'stop'));
      world.failures.set(GONE[2]!, new CcError('Aborted', 'stop'));
      took();
      expect(await codeOf(act({ type: 'Destroy' }))).to.equal('Aborted');
      expect(took()).to.not.include('remove notes');
    });

    it('of what keeps its data gives the domain back before the record goes', async () => {
      expect(await act({ type: 'Forget' })).to.deep.equal({ outcome: 'Done' });
      expect(took()).to.deep.equal(FORGOTTEN);
      world.failures.set(FORGOTTEN[0]!, new CcError('NoSpace', 'full'));
      expect([await codeOf(act({ type: 'Forget' })), took()]).to.deep.equal(['NoSpace', [FORGOTTEN[0]]]);
    });
  });

  describe('its volumes', () => {
    const held = () => readLease(canonicals());
    const own = { holder: 'canonical', uid: 'uid-notes', attempt: 0 };

    it('T68 that are there at a second look are not restored', async () => {
      const manifest = { ...MANIFEST, volumes: [{ name: 'data' }] } as never;
      view = viewOf({}, { manifest });
      expect(await act({ type: 'RestoreVolumes', id: 'g1' })).to.deep.include({
        afterMs: 0,
        reason: 'VolumesAreThere',
      });
      expect([took(), await held()]).to.deep.equal([[], undefined]);
    });

    for (const [what, changes] of [
      ['whose journal says so', { volumesState: { state: 'Missing' } }],
      ['of which nobody knows', { volumesState: { state: 'Unknown' } }],
      ['of which one is gone', { volumes: [] }],
    ] as const) {
      it(`I14 ${what} are restored from what is intact only, under the lease, and it is kept where that fails`, async () => {
        const manifest = { ...MANIFEST, volumes: [{ name: 'data' }] } as never;
        view = viewOf({}, { manifest });
        Object.assign(world, changes, { state: 'Damaged' });
        expect(await codeOf(act({ type: 'RestoreVolumes', id: 'g1' }))).to.equal('Damaged');
        expect(took()).to.deep.equal(['leave pool', 'verify g1']);
        expect(await held()).to.include(own);
      });
    }

    it('I14 are not touched while something runs: the way back is proven and pinned first', async () => {
      world.volumesState = { state: 'Missing' };
      world.deployed = true;
      view = viewOf({}, { manifest: { ...MANIFEST, volumes: [] } as never });
      const failed = await act({ type: 'RestoreVolumes', id: 'g1' }).catch((caught: unknown) => caught);
      expect(failed).to.be.instanceOf(Error);
      const lines = took();
      expect(lines.slice(0, 5)).to.deep.equal([
        ...['leave pool', 'verify g1', 'mirror notes /src', 'keep generation-uid-note-g1 c1', `undeploy ${domain}`],
      ]);
    });

    it('wait for whoever has the lease', async () => {
      await acquireLease(canonicals(), { holder: 'r1', uid: 'u', attempt: 1 }, clock);
      world.volumesState = { state: 'Missing' };
      for (const action of [{ type: 'RestoreVolumes', id: 'g1' }, { type: 'Tidy' }] as const) {
        expect(await act(action)).to.deep.include({ afterMs: 1_000, reason: 'Leased' });
      }
      expect([took(), (await held())?.holder]).to.deep.equal([[], 'r1']);
    });

    it('are tidied under the lease, which is given back', async () => {
      expect(await act({ type: 'Tidy' })).to.include({ afterMs: 0 });
      expect([took(), await held()]).to.deep.equal([['leave pool', 'sweep'], undefined]);
      world.failures.set('sweep', Object.assign(new Error('x'), { code: 'EIO' }));
      expect(await codeOf(act({ type: 'Tidy' }))).to.equal('EIO');
      expect(await held()).to.include({ ...own, holder: 'canonical-upkeep' });
      expect(await act({ type: 'Tidy' })).to.include({ reason: 'Tidied' });
      expect(await held()).to.equal(undefined);
    });

    for (const [what, facts, isEmpty, expected] of [
      ['of nobody go', { volumes: { state: 'Missing' } }, true, [`destroy ${domain}`, 'volumes Missing']],
      ['of nobody stay where something was known to be good', { volumes: { state: 'Missing' } }, false, []],
      ['of somebody stay', { volumes: { state: 'Dirty', generation: 'g0' } }, true, []],
    ] as const) {
      it(`${what} when a lease is repaired beside a damaged known-good`, async () => {
        const lease = await acquireLease(canonicals(), { holder: 'r1', uid: 'u', attempt: 1 }, clock);
        view = viewOf({ ...facts, lease } as Partial<CanonicalFacts>);
        world.state = 'Damaged';
        world.isEmpty = isEmpty;
        expect(await act({ type: 'RepairLease' })).to.deep.include({ afterMs: 0, reason: 'LeaseRepaired' });
        const lines = took();
        expect(lines[0]).to.equal('leave pool');
        expect(lines.filter((line) => !line.startsWith('verify')).slice(1)).to.deep.equal([
          ...[`undeploy ${domain}`, ...expected, 'event Warning LeaseRepaired'],
        ]);
        expect(await held()).to.equal(undefined);
      });
    }

    it('T68 stay as they are where the lease is another one by now, or was given back', async () => {
      const lease = await acquireLease(canonicals(), { holder: 'r1', uid: 'u', attempt: 1 }, clock);
      view = viewOf({ lease });
      await releaseLease(canonicals(), lease);
      expect(await act({ type: 'RepairLease' })).to.include({ reason: 'LeaseChanged' });
      await acquireLease(canonicals(), { holder: 'r2', uid: 'v', attempt: 1 }, clock);
      expect(await act({ type: 'RepairLease' })).to.include({ reason: 'LeaseChanged' });
      expect([took(), (await held())?.holder]).to.deep.equal([['leave pool', 'leave pool'], 'r2']);
    });

    it('I15 keep the lease where the app could not be taken down', async () => {
      view = viewOf({ lease: await acquireLease(canonicals(), { holder: 'r1', uid: 'u', attempt: 1 }, clock) });
      world.state = 'Damaged';
      world.failures.set(`undeploy ${domain}`, new CcError('Unreachable', 'no'));
      expect(await codeOf(act({ type: 'RepairLease' }))).to.equal('Unreachable');
      expect((await held())?.holder).to.equal('r1');
    });

    it('I15 keep the lease, and what is journaled of them, where they could not be destroyed', async () => {
      const lease = await acquireLease(canonicals(), { holder: 'r1', uid: 'u', attempt: 1 }, clock);
      view = viewOf({ volumes: { state: 'Missing' }, lease });
      Object.assign(world, { state: 'Damaged', isEmpty: true });
      world.failures.set(`destroy ${domain}`, new CcError('Unreachable', 'no'));
      expect(await codeOf(act({ type: 'RepairLease' }))).to.equal('Unreachable');
      expect(took().at(-1)).to.equal(`destroy ${domain}`);
      expect((await held())?.holder).to.equal('r1');
    });
  });
});
