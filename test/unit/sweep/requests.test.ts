import { expect } from 'chai';
import type { SweepJournal } from '../../../controllers/sweep/journal.ts';
import { answerRequest } from '../../../controllers/sweep/requests.ts';
import type { PendingRequest, StoredObject } from '../../../lib/store/store.ts';
import { storedSweep } from '../../builders/stored-object.ts';
import { sweepJournal, sweepProgress } from '../../builders/sweep-facts.ts';

type Verb = PendingRequest['verb'];

const asked = { id: 'other', by: 'ann', time: '' };
const active = { sweep: sweepProgress() };
const byFile = storedSweep({}, { suspend: true });
const byRequest = storedSweep({ suspended: true });

const ROWS: readonly [string, Verb, Partial<SweepJournal>, StoredObject, 'Done' | 'Refused'][] = [
  ['is wanted', 'run', {}, storedSweep(), 'Done'],
  ['is wanted after one that has ended', 'run', { sweep: sweepProgress({ step: 'Over' }) }, storedSweep(), 'Done'],
  ['is not wanted twice', 'run', { asked }, storedSweep(), 'Refused'],
  [
    'T50 is wanted once, however often the request is handled',
    'run',
    { asked: { ...asked, id: 'q' } },
    storedSweep(),
    'Done',
  ],
  [
    'T50 is wanted once, also when it has begun',
    'run',
    { sweep: sweepProgress({ request: 'q' }) },
    storedSweep(),
    'Done',
  ],
  ['does not begin beside another', 'run', active, storedSweep(), 'Refused'],
  ['does not begin while its file suspends it', 'run', {}, byFile, 'Refused'],
  ['does not begin while a person suspends it', 'run', {}, byRequest, 'Refused'],
  ['is cancelled', 'cancel', active, storedSweep(), 'Done'],
  ['is not cancelled where there is none', 'cancel', {}, storedSweep(), 'Refused'],
  [
    'is not cancelled once it has its result',
    'cancel',
    { sweep: sweepProgress({ step: 'Report' }) },
    storedSweep(),
    'Refused',
  ],
  ['is taken back', 'cancel', { asked }, storedSweep(), 'Done'],
  ['is suspended', 'suspend', active, storedSweep(), 'Done'],
  ['is resumed', 'resume', {}, byRequest, 'Done'],
  ['is not resumed where its file suspends it', 'resume', {}, byFile, 'Refused'],
  ['is looked at', 'reconcile', {}, storedSweep(), 'Done'],
  ['is not tried again', 'retry', {}, storedSweep(), 'Refused'],
  ['has no version to approve', 'approve', {}, storedSweep(), 'Refused'],
];

describe('requests of a Sweep', () => {
  const answer = (verb: Verb, before: Partial<SweepJournal>, object: StoredObject) => {
    const journal = structuredClone(sweepJournal(before));
    return { journal, answer: answerRequest(object, journal, { id: 'q', verb, by: 'tester', args: {}, time: 't' }) };
  };

  for (const [name, verb, before, object, result] of ROWS)
    it(name, () => expect(answer(verb, before, object).answer).to.include({ result }));

  it('what is refused changes nothing', () => {
    for (const [, verb, before, object] of ROWS.filter(([, , , , result]) => result === 'Refused'))
      expect(answer(verb, before, object).journal).to.deep.equal(sweepJournal(before));
  });

  it('journals who asked, and who cancelled first', () => {
    expect(answer('run', {}, storedSweep()).journal.asked).to.deep.equal({ id: 'q', by: 'tester', time: 't' });
    expect(answer('cancel', active, storedSweep()).journal.sweep?.cancel).to.deep.equal({ by: 'tester' });
    const twice = { sweep: sweepProgress({ cancel: { by: 'ann' } }) };
    expect(answer('cancel', twice, storedSweep()).journal.sweep?.cancel).to.deep.equal({ by: 'ann' });
    expect(answer('cancel', { asked }, storedSweep()).journal).not.to.have.property('asked');
  });
});
