import { expect } from 'chai';
import { handleRequests } from '../../../controllers/run/requests.ts';
import { CcError } from '../../../lib/errors.ts';
import type { PendingRequest, StoredObject } from '../../../lib/store/store.ts';
import { resolvedRun } from '../../builders/resolved-run.ts';
import { endedJournal, runJournal, testingJournal } from '../../builders/run-facts.ts';
import { enrolledCanonical, storedRun } from '../../builders/stored-object.ts';
import { codeOf } from '../../rig/code-of.ts';
import { RunWorld } from './run-world.ts';

const gone = (state: string) => ({ deletion: { state } as NonNullable<StoredObject['deletion']> });

describe('what people ask of a run', () => {
  let world: RunWorld;

  beforeEach(() => {
    world = new RunWorld();
  });
  afterEach(() => world.close());

  const asked = (...verbs: string[]): void => {
    const requests = verbs.map((verb) => ({ id: verb, verb, by: 'ada' })) as unknown as PendingRequest[];
    world.object = { ...world.object, requests };
  };
  const handle = () => handleRequests(world.pass());
  const ended = endedJournal();

  for (const [verb, journal, result, why] of [
    ['suspend', runJournal(), 'Done', 'waits'],
    ['suspend', testingJournal(), 'Refused', 'is tested'],
    ['suspend', ended, 'Refused', 'has ended'],
    ['resume', testingJournal(), 'Done', 'is tested'],
    ['reconcile', ended, 'Done', 'has ended'],
    ['approve', testingJournal(), 'Refused', 'is tested'],
    ['rollback', testingJournal(), 'Refused', 'is tested'],
    ['retry', testingJournal(), 'Refused', 'is tested'],
    ['cancel', ended, 'Refused', 'has ended'],
    [
      'cancel',
      testingJournal({ step: 'TearingDown', outcome: { reason: 'Passed', message: '', level: 5 } }),
      'Refused',
      'is over',
    ],
  ] as const) {
    it(`${verb} of one that ${why} is ${result}, and journals nothing`, async () => {
      world.journal = structuredClone(journal);
      asked(verb);
      await handle();
      expect(world.took()).to.deep.equal([`${verb} ${result}`]);
    });
  }

  it('resume is refused where the spec says suspend', async () => {
    world.object = storedRun({}, { suspend: true });
    asked('resume');
    await handle();
    expect(world.took()).to.deep.equal(['resume Refused']);
  });

  for (const journal of [runJournal(), testingJournal(), testingJournal({ step: 'TearingDown' })]) {
    it(`cancel is journaled before it is answered, while ${journal.step}`, async () => {
      world.journal = journal;
      asked('cancel');
      await handle();
      expect(world.took()).to.deep.equal([`save ${journal.step}`, 'cancel Done']);
      expect(world.saved[0]?.journal.cancel).to.deep.equal({ by: 'ada', reason: 'Cancelled' });
    });
  }

  it('all are answered in their order, but for a deletion; one that cannot be answered stays, and those behind it', async () => {
    asked('resume', 'delete', 'cancel', 'approve');
    world.fail('cancel Done', new CcError('NoSpace', 'full'));
    expect(await codeOf(handle())).to.equal('NoSpace');
    expect(world.took()).to.deep.equal(['resume Done', 'save Testing', 'cancel Done']);
    world.fail('save Testing', new CcError('NoSpace', 'full'));
    expect(await codeOf(handle())).to.equal('NoSpace');
    expect(world.took()).to.deep.equal(['resume Done', 'save Testing']);
  });

  describe('a retry', () => {
    beforeEach(() => {
      world.journal = endedJournal();
      world.object = storedRun({ name: 'notes-r3', labels: { a: 'b' } }, { source: '/own', suspend: true });
      asked('retry');
    });
    const created: { spec: Record<string, unknown>; labels: object; annotations: object }[] = [];
    const handleKept = () => {
      created.splice(0);
      const pass = world.pass();
      const { store } = pass.services as unknown as { store: { createRun: (made: never) => Promise<unknown> } };
      const original = store.createRun;
      store.createRun = async (made) => {
        created.push(made);
        return await original(made);
      };
      return handleRequests(pass);
    };

    it('creates another run of the same commit, which is looked at before others, and says so then', async () => {
      await handleKept();
      expect(world.took()).to.deep.equal(['create notes-r1', 'enqueue Run/notes-r1 Person', 'retry Done']);
      expect(created[0]).to.deep.include({ labels: { a: 'b' }, annotations: { 'cc-ci.request': 'retry' } });
      expect(created[0]?.spec).to.deep.include({ source: '/own', commit: resolvedRun().head.commit });
      expect(created[0]?.spec).to.include({ ref: resolvedRun().ref }).and.not.have.property('suspend');
    });

    it('takes the first name that is free', async () => {
      for (const name of ['notes-r1', 'notes-r2']) world.others.set(`Run/${name}`, storedRun({ name }));
      world.fail('create notes-r3', new CcError('Conflict', 'there'));
      await handleKept();
      expect(world.took()).to.deep.equal([
        ...['create notes-r3', 'create notes-r4', 'enqueue Run/notes-r4 Person', 'retry Done'],
      ]);
      for (let number = 1; number < 100; number += 1) world.others.set(`Run/notes-r${number}`, storedRun());
      await handleKept();
      expect(world.took()).to.deep.equal(['retry Refused']);
    });

    it('I8 that was made already is made once, and one that cannot be made is not answered', async () => {
      world.fail('create notes-r1', new CcError('NoSpace', 'full'));
      expect(await codeOf(handleKept())).to.equal('NoSpace');
      expect(world.took()).to.deep.equal(['create notes-r1']);
      const annotations = { 'cc-ci.request': 'retry' };
      world.others.set('Run/x', storedRun({ name: 'x', annotations: { 'cc-ci.request': 'another' } }));
      world.others.set('Run/notes-r7', storedRun({ name: 'notes-r7', annotations }));
      await handleKept();
      expect(world.took()).to.deep.equal(['retry Done']);
    });

    it('of one that was never resolved names the commit that it ended with, or was given', async () => {
      world.resolved = undefined;
      world.journal.frozen = { commit: 'c-frozen' };
      await handleKept();
      expect(created[0]?.spec).to.include({ commit: 'c-frozen', recipe: 'notes' }).and.not.have.property('ref');
      delete world.journal.frozen;
      await handleKept();
      expect(created[0]?.spec).to.not.have.property('commit');
      world.object = storedRun({}, { commit: 'c-spec', ref: 'main' });
      asked('retry');
      await handleKept();
      expect(created[0]?.spec).to.deep.include({ commit: 'c-spec', ref: 'main' }).and.not.have.property('source');
    });
  });

  describe('a deletion', () => {
    const canonical = enrolledCanonical();
    const ownerReferences = [
      { kind: 'Sweep', name: 'weekly', uid: 'uid-weekly' },
      { kind: 'Canonical', name: 'notes', uid: canonical.uid },
    ] as unknown as StoredObject['ownerReferences'];
    const cancelled = async () => {
      const { cancel: _, ...journal } = world.journal;
      world.journal = journal;
      await handle();
      return world.journal.cancel?.by;
    };
    const ofCanonical = 'deletion of Canonical/notes';

    it('of itself cancels it, which is journaled once', async () => {
      world.object = storedRun(gone('Started'));
      await handle();
      expect(world.took()).to.deep.equal(['save Testing']);
      expect(world.saved[0]?.journal.cancel).to.deep.equal({ by: 'deletion of the Run', reason: 'Deleted' });
      await handle();
      expect(world.took()).to.deep.equal([]);
      world.object = storedRun(gone('Missing'));
      expect(await cancelled()).to.equal(undefined);
    });

    it('cancels nothing that has ended, nor takes the place of a cancel', async () => {
      world.object = storedRun(gone('Destroying'));
      world.journal = endedJournal();
      expect(await cancelled()).to.equal(undefined);
      world.journal = testingJournal({ cancel: { by: 'ada', reason: 'Cancelled' } });
      await handle();
      expect([world.journal.cancel?.by, world.took()]).to.deep.equal(['ada', []]);
    });

    it('of the Canonical that it seeds, or takes its profile from, cancels it', async () => {
      world.object = storedRun({ ownerReferences });
      expect(await cancelled(), 'gone').to.equal(ofCanonical);
      world.others.set('Canonical/notes', canonical);
      expect(await cancelled(), 'there').to.equal(undefined);
      world.others.set('Canonical/notes', { ...canonical, ...gone('Missing') });
      expect(await cancelled(), 'missing').to.equal(undefined);
      world.others.set('Canonical/notes', { ...canonical, ...gone('Started') });
      expect(await cancelled(), 'going').to.equal(ofCanonical);
      world.others.set('Canonical/notes', { ...canonical, uid: 'another' });
      expect(await cancelled(), 'another one').to.equal(ofCanonical);
      world.damaged = true;
      expect(await cancelled(), 'nobody can tell').to.equal(undefined);
      world.damaged = false;
      world.object = storedRun();
      world.resolved = resolvedRun({ canonical: { name: 'notes', uid: canonical.uid, generation: 1 } });
      expect(await cancelled(), 'of its profile').to.equal(ofCanonical);
      world.resolved = resolvedRun();
      expect(await cancelled(), 'of no profile').to.equal(undefined);
    });
  });
});
