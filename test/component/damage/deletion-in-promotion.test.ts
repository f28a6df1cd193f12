import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { putInsteadOf } from '../../rig/record-places.ts';
import { CANONICAL_DOMAIN, DATA, enrol, type Notes, notesBench } from '../run/enrolled.ts';
import {
  BEFORE_SWAP,
  ENDS,
  type End,
  expectNothingUp,
  expectPromoted,
  expectWayBack,
  promoteUpTo,
} from './deletion-cases.ts';

const signal = new AbortController().signal;
const key = { kind: 'Canonical', name: 'notes' } as const;

describe('a promotion whose Canonical goes in the middle', function () {
  this.timeout(60_000);
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
    await enrol(notes);
  });
  afterEach(() => notes.bench.close());

  // Every step, and every end, once a commit; all of them with each other at night.
  for (const [index, step] of BEFORE_SWAP.entries()) {
    const { what, end } = ENDS[index % ENDS.length] as End;
    it(`T72 after ${step}: ${what}: it goes all the way back and is Failed @nightly`, async () => {
      await expectWayBack(notes, step, end);
    });
  }

  it('T72 after Swap: another one of its name takes its place: it is Promoted, and nothing is left held', async () => {
    await expectPromoted(notes, (ENDS[2] as End).end);
  });

  it('T72 the deletion then leaves nothing, without waiting for the run for ever', async () => {
    await enrol(notes, { dataRetention: '1s', ci: { data: DATA } });
    await promoteUpTo(notes, 'Deploy');
    await notes.bench.remove('notes');
    await notes.bench.request(key, 'delete');
    await notes.bench.until(() => notes.bench.store.get(key) === undefined, 'the removal');
    await expectNothingUp(notes);
    expect(await notes.bench.platform.volumes({ domain: CANONICAL_DOMAIN }, signal)).to.deep.equal([]);
    expect(await notes.bench.store.claims.get(CANONICAL_DOMAIN)).to.equal(undefined);
  });

  it('I12 an edit that is refused in the middle changes nothing: it is Promoted @nightly', async () => {
    await promoteUpTo(notes, 'Deploy');
    await enrol(notes, { app: { recipe: 'hello', source: notes.recipe.directory } });
    const { promotion } = await notes.bench.finish('r1');
    expect(promotion?.result).to.equal('Promoted');
    await expectNothingUp(notes);
  });

  it('T84 a record that is damaged in the middle destroys nothing: it goes all the way back @nightly', async () => {
    await promoteUpTo(notes, 'Deploy');
    const { stateDirectory } = notes.bench.settings;
    putInsteadOf(stateDirectory, 'objects/Canonical/notes/object.json', 'x');
    await notes.bench.restart();
    expect((await notes.bench.finish('r1')).promotion?.result).to.equal('Failed');
    await expectNothingUp(notes);
    expect(notes.bench.store.get(key)).to.equal(undefined);
    expect(await notes.bench.store.claims.get(CANONICAL_DOMAIN)).to.include({ kind: 'Canonical', name: 'notes' });
  });

  it('T84 a link that is garbage holds up no way back @nightly', async () => {
    await promoteUpTo(notes, 'Deploy');
    await writeFile(join(notes.bench.knownGood('notes').directory, 'known-good'), 'x');
    await notes.bench.request({ kind: 'Run', name: 'r1' }, 'cancel');
    expect((await notes.bench.finish('r1')).promotion?.result).to.equal('Failed');
    await expectNothingUp(notes);
  });
});
