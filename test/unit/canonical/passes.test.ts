import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CanonicalJournal } from '../../../controllers/canonical/journal.ts';
import { canonicalReconciler } from '../../../controllers/canonical/reconciler.ts';
import type { CanonicalStatus } from '../../../lib/api/index.ts';
import { CcError } from '../../../lib/errors.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { acquireLease } from '../../../lib/known-good/lease.ts';
import type { RunRecord } from '../../../lib/run-record/run-end.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import type { PendingRequest, Refusal, StoredObject } from '../../../lib/store/store.ts';
import { canonicalJournal, INTACT } from '../../builders/canonical-facts.ts';
import { enrolledCanonical, storedCanonical, storedRun, TIME } from '../../builders/stored-object.ts';
import { fields, realTools } from '../../component/snapshot/scratch.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { codeOf } from '../../rig/code-of.ts';

const KEY = { kind: 'Canonical', name: 'notes' } as const;
const SEED = { run: 'seed-1', hash: 'h', tag: '1.0.0' } as const;

describe('passes over a canonical', () => {
  let root: string;
  let clock: FakeClock;
  let object: StoredObject;
  let journal: CanonicalJournal | undefined;
  let run: StoredObject | undefined;
  let record: Partial<RunRecord> | Error | undefined;
  let damagedRun: boolean;
  let lines: string[];
  let shown: CanonicalStatus;
  let claimUid: string | undefined;
  let holder: StoredObject | undefined;
  let volumesFail: CcError | undefined;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-passes-'));
    clock = new FakeClock();
    object = { ...enrolledCanonical(), suspended: true };
    journal = canonicalJournal();
    [run, record, damagedRun, lines, claimUid, volumesFail] = [undefined, undefined, false, [], object.uid, undefined];
    holder = undefined;
  });
  afterEach(() => rm(root, { recursive: true }));

  const store = () => ({
    get: ({ kind, name }: { kind: string; name: string }) =>
      kind === 'Run' ? run : [object, holder].find((one) => one?.name === name),
    isDamaged: () => damagedRun,
    list: () => [object],
    ofSameRecipe: () => [object],
    runningMs: () => 5,
    readJournal: async ({ kind }: { kind: string }) => {
      if (kind === 'Canonical') return structuredClone(journal);
      if (record instanceof Error) throw record;
      return record;
    },
    writeJournal: async (_: unknown, written: CanonicalJournal) => {
      lines.push('save');
      journal = structuredClone(written);
    },
    finishRequest: async (_: unknown, id: string, { result }: { result: string }) => {
      lines.push(`${id} ${result}`);
      const { requests, ...rest } = object;
      object = { ...rest, requests: requests.filter((one) => one.id !== id) };
    },
    refuse: async (_: unknown, { reason, message }: Refusal) => {
      lines.push(`refuse ${reason}`);
      object = { ...object, refused: { reason, message, generation: object.validGeneration } };
    },
    accept: async ({ spec, digest, validGeneration }: StoredObject) => {
      lines.push('accept');
      object = { ...object, accepted: { spec, digest, generation: validGeneration } };
    },
    projectStatus: async (_: unknown, status: CanonicalStatus) => {
      shown = status;
    },
    decision: async () => {},
    event: async () => {},
    claims: {
      of: async () => [],
      get: async () => {
        if (holder) return { kind: holder.kind, name: holder.name, uid: holder.uid, domain: 'x.example.org' };
        return claimUid === undefined ? undefined : { uid: claimUid };
      },
      claim: async ({ uid }: { uid: string }) => {
        lines.push('claim');
        claimUid = uid;
      },
    },
  });
  const reconciler = () =>
    canonicalReconciler({
      ...{ store: store(), clock, log: new FakeLog(), session: 'this', instanceId: 'i' },
      platform: {
        volumes: async () => {
          if (volumesFail !== undefined) throw volumesFail;
          return [];
        },
      },
      settings: { stateDirectory: root, zone: 'example.org', resyncMs: 60_000, platformKind: 'Process' },
    } as never);
  const pass = (one = reconciler()) =>
    one.reconcile(KEY, { signal: new AbortController().signal, leavePool: () => {} });
  const conditions = () =>
    Object.fromEntries(shown.conditions.map(({ type, status, reason }) => [type, `${status}/${reason}`]));
  const asked = (verb: string): void => {
    const request = { id: `r-${verb}`, verb, by: 'x', at: TIME, args: {} } as unknown as PendingRequest;
    object = { ...object, requests: [...object.requests, request] };
  };

  it('that is suspended rests, shows that, and journals its conditions once', async () => {
    const one = reconciler();
    expect(await pass(one)).to.deep.include({ outcome: 'Requeue', afterMs: 60_000 });
    expect(conditions()).to.deep.equal({ Accepted: 'True/Valid', Ready: 'False/Suspended' });
    expect(shown).to.deep.include({ suspended: { by: 'Request' }, platform: 'Process', observedGeneration: 1 });
    expect(shown).to.not.have.any.keys('history', 'lease', 'deletion', 'problems', 'knownGood');
    expect(lines).to.deep.equal(['save']);
    await clock.advance(60_000);
    await pass(one);
    await pass(reconciler());
    expect(lines).to.deep.equal(['save']);
    expect(shown.conditions.map(({ lastTransitionTime }) => lastTransitionTime)).to.deep.equal([TIME, TIME]);
  });

  it('that enrols it journals once, after the claim and the acceptance; a crash before that enrols it again', async () => {
    object = { ...storedCanonical(), suspended: true };
    [journal, claimUid] = [undefined, undefined];
    await pass();
    expect(lines).to.deep.equal(['claim', 'accept', 'save']);
    expect(journal).to.deep.include({ domain: shown.domain, recipe: 'notes' });
    [journal, lines] = [undefined, []];
    await pass();
    expect(lines).to.deep.equal(['claim', 'accept', 'save']);
    expect(journal).to.deep.include({ domain: shown.domain, recipe: 'notes' });
  });

  it('waits for the object that its file described before, which has the domain with another recipe', async () => {
    const goes = { state: 'Missing', missingSinceRunningMs: 0, requested: false } as const;
    const spec = { app: { recipe: 'hello' } } as never;
    holder = { ...storedCanonical(), name: 'before', uid: 'uid-before', spec, deletion: { ...goes, renamedTo: KEY } };
    object = storedCanonical();
    journal = undefined;
    await pass();
    expect(lines.filter((line) => line.startsWith('refuse'))).to.deep.equal(['refuse Renamed']);
  });

  describe('requests', () => {
    it('retry forgets what was found and makes another seed; reconcile forgets only', async () => {
      const verified = { generation: 'g', session: 'this', atRunningMs: 0, state: 'Intact' } as const;
      for (const [verb, retry] of [
        ['reconcile', undefined],
        ['retry', 'r-retry'],
      ] as const) {
        journal = canonicalJournal({ verified });
        lines = [];
        asked(verb);
        await pass();
        expect(journal).to.not.have.any.keys('newest', 'verified');
        expect([journal.retry, lines.slice(0, 2)]).to.deep.equal([retry, ['save', `r-${verb} Done`]]);
      }
    });

    for (const [verb, inSpec, result] of [
      ['suspend', false, 'Done'],
      ['resume', false, 'Done'],
      ['resume', true, 'Refused'],
      ['approve', false, 'Refused'],
      ['cancel', false, 'Refused'],
    ] as const) {
      it(`${verb} is ${result}${inSpec ? ' where the spec says suspend' : ''}, and nothing is forgotten`, async () => {
        const plain = storedCanonical({}, { suspend: inSpec });
        const accepted = { spec: plain.spec, digest: plain.digest, generation: 1 };
        object = { ...plain, suspended: true, accepted };
        asked(verb);
        await pass();
        expect(lines[0]).to.equal(`r-${verb} ${result}`);
        expect(journal).to.have.property('newest');
      });
    }

    it('delete is the store’s to answer', async () => {
      asked('delete');
      await pass();
      expect(lines).to.deep.equal(['save']);
    });

    it('are answered all, in their order', async () => {
      for (const verb of ['cancel', 'suspend', 'approve']) asked(verb);
      await pass();
      expect(lines.slice(0, 3)).to.deep.equal(['r-cancel Refused', 'r-suspend Done', 'r-approve Refused']);
    });
  });

  describe('the end of its seed run', () => {
    const promotion = (result: string): Partial<RunRecord> => ({
      step: 'Ended',
      outcome: { reason: 'Passed', message: 'fine', level: 1 } as never,
      promotion: { result } as never,
    });
    beforeEach(() => {
      journal = canonicalJournal({ seed: { ...SEED } });
      run = storedRun({ name: SEED.run });
    });
    const result = () => journal?.seed?.result;

    for (const [what, arrange, expected] of [
      ['was promoted', () => promotion('Promoted'), 'Promoted'],
      ['was not promoted', () => promotion('NotEligible'), 'NotPromoted'],
      ['ended before a promotion', () => ({ step: 'Ended' as const }), 'NotPromoted'],
      ['is under way', () => ({ step: 'Testing' as const }), undefined],
      ['cannot be read', () => new CcError('Damaged', 'x'), undefined],
      ['was never looked at', () => undefined, undefined],
    ] as const) {
      it(`that ${what} is ${expected ?? 'waited for'}`, async () => {
        record = arrange();
        await pass();
        expect(result()).to.equal(expected);
      });
    }

    it('that is gone is told so; one that was lost is waited for', async () => {
      run = undefined;
      damagedRun = true;
      await pass();
      expect(result()).to.equal(undefined);
      damagedRun = false;
      await pass();
      expect([result(), journal?.seed?.reason]).to.deep.equal(['NotPromoted', 'the run was removed']);
    });

    it('is journaled once, and never changes', async () => {
      record = promotion('Promoted');
      await pass();
      expect(journal?.seed?.reason).to.include('Passed').and.to.include('Promoted');
      record = promotion('NotEligible');
      lines = [];
      await pass();
      expect([result(), lines]).to.deep.equal(['Promoted', []]);
    });

    it('T81 that the system cannot tell now is an error of the pass', async () => {
      record = Object.assign(new Error('x'), { code: 'EMFILE' });
      expect(await codeOf(pass())).to.include('EMFILE');
      expect(result()).to.equal(undefined);
    });
  });

  it('of a lease whose run is open it waits, and tells whose that is', async () => {
    object = { ...object, suspended: false };
    const directory = join(root, 'canonicals/notes');
    run = storedRun({ name: 'r1' });
    record = { step: 'Promoting' };
    await acquireLease(directory, { holder: 'r1', uid: run.uid, attempt: 2 }, clock);
    await pass();
    expect(shown.lease).to.deep.equal({ run: 'r1', uid: run.uid, since: TIME });
    expect(shown.nextAction?.reason).to.equal('Leased');
  });

  it('another one’s claim on its domain is refused once, shown, and over once the claim is', async () => {
    claimUid = 'other';
    await pass();
    await pass();
    expect(lines.filter((line) => line.startsWith('refuse'))).to.deep.equal(['refuse DomainConflict']);
    expect(conditions()).to.include({ Accepted: 'False/DomainConflict', Ready: 'False/DomainConflict' });
    claimUid = object.uid;
    await pass();
    expect(lines).to.include('accept');
  });

  it('a pass that fails is shown with when it is tried again, and no more after one that succeeds', async () => {
    object = { ...object, deletion: { state: 'Missing', missingSinceRunningMs: 0, requested: false } as never };
    volumesFail = new CcError('Unreachable', 'no answer');
    const one = reconciler();
    expect(await codeOf(pass(one))).to.equal('Unreachable');
    const retryAt = clock.now() + 1_000;
    volumesFail = undefined;
    await one.failed(KEY, {
      error: new CcError('Unreachable', 'no'),
      terminal: false,
      failures: 1,
      retryInMs: 1_000,
      retryAt,
    });
    expect(conditions().Reconciling).to.equal('True/Retrying');
    expect(shown.nextAction).to.deep.include({ reason: 'Retrying', time: '2030-01-01T00:00:01.000Z' });
    await pass(one);
    expect(conditions()).to.not.have.property('Reconciling');
    expect(shown.nextAction?.reason).to.equal('FileMissing');
  });

  describe('the promotion that its pointer names', () => {
    const promoted = async (run: string): Promise<void> => {
      const knownGood = new KnownGoodStore({ directory: join(root, 'canonicals/notes') });
      await makeSet({
        ...{ id: `of-${run}`, directory: knownGood.sets.directory, volumes: [], envFile: join(root, 'env') },
        ...{ secretsDirectory: join(root, 'none'), assertUndeployed: async () => {}, clock, tools: realTools() },
        fields: { ...fields, run: { name: run, uid: `uid-${run}` } },
      });
      await knownGood.swap(`of-${run}`, new AbortController().signal);
      await knownGood.setVolumesState({ state: 'Clean', generation: `of-${run}` });
      const { history = [] } = journal ?? {};
      journal = canonicalJournal({ history, verified: { ...INTACT, generation: `of-${run}` } });
    };
    const history = () => journal?.history.map(({ result, run: by, time }) => `${result} ${by} ${time}`);

    it('goes into the history before anything else is done, once, the newest first and ten in all', async () => {
      await writeFile(join(root, 'env'), '');
      await promoted('r1');
      await pass();
      expect([history(), lines]).to.deep.equal([[`Promoted r1 ${TIME}`], ['save', 'save']]);
      lines = [];
      await pass();
      expect([history()?.length, lines]).to.deep.equal([1, []]);
      const older = { version: '1', commit: 'c', result: 'Restored', run: 'r2', time: TIME } as const;
      journal = canonicalJournal({ history: Array.from({ length: 10 }, () => older) });
      await clock.advance(1_000);
      await promoted('r2');
      await pass();
      expect([history()?.length, history()?.[0]?.slice(0, 12)]).to.deep.equal([10, 'Promoted r2 ']);
      expect(shown.history?.[0]).to.include({ result: 'Promoted', run: 'r2', version: fields.version });
    });
  });

  it('one that is gone is done', async () => {
    object = undefined as never;
    expect(await pass()).to.deep.equal({ outcome: 'Done' });
  });
});
