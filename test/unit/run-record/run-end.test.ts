import { expect } from 'chai';
import { CcError, systemCode } from '../../../lib/errors.ts';
import {
  isAttemptOver,
  isRealmOver,
  type RunRecord,
  type RunStanding,
  runStanding,
} from '../../../lib/run-record/run-end.ts';
import { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import { storedRun } from '../../builders/stored-object.ts';

const OUTCOME = { reason: 'Passed', message: 'all passed', verdict: 'Passed', level: 5 } as const;

function record(overrides: Partial<RunRecord> = {}): RunRecord {
  return { step: 'Testing', attempts: [{ number: 1, domain: 'one.example' }], tornDown: false, ...overrides };
}

interface Row {
  why: string;
  /** Absent: no such object. */
  there?: boolean;
  lost?: boolean;
  journal?: RunRecord | Error;
  uid?: string;
  state: RunStanding['state'];
}

const ROWS: Row[] = [
  { why: 'there is no such run', there: false, state: 'Gone' },
  { why: 'its record is lost: nobody can tell', there: false, lost: true, state: 'Open' },
  { why: 'the name is another run’s by now', uid: 'uid-before', state: 'Gone' },
  { why: 'nobody has looked at it yet', state: 'Open' },
  { why: 'it is under way', journal: record(), uid: 'uid-r1', state: 'Open' },
  { why: 'it is torn down and promotes', journal: record({ step: 'Promoting', outcome: OUTCOME }), state: 'Open' },
  {
    why: 'its journal cannot be read: nobody can tell',
    journal: new DamagedRecord('journal.json', new CcError('Damaged', 'no JSON')),
    state: 'Open',
  },
  { why: 'it is over', journal: record({ step: 'Ended', outcome: OUTCOME }), uid: 'uid-r1', state: 'Over' },
];

const standing = ({ there = true, lost = false, journal, uid }: Omit<Row, 'why' | 'state'>) =>
  runStanding(
    {
      get: () => (there ? storedRun({ name: 'r1' }) : undefined),
      isDamaged: () => lost,
      readJournal: async <T>() => {
        if (journal instanceof Error) throw journal;
        return journal as T | undefined;
      },
    },
    { name: 'r1', ...(uid === undefined ? {} : { uid }) },
  );

describe('how a run stands, for others', () => {
  for (const { why, state, ...row } of ROWS) {
    it(`${state}: ${why}`, async () => expect((await standing(row)).state).to.equal(state));
  }

  it('says how it ended, and what became of its promotion', async () => {
    const promotion = { result: 'Promoted', generation: 'g1' } as const;
    const over = await standing({ journal: record({ step: 'Ended', outcome: OUTCOME, promotion }) });
    expect(over).to.deep.include({ state: 'Over' });
    expect(over.state === 'Over' && over.end).to.deep.include({ outcome: OUTCOME, promotion });
  });

  it('T81 a journal that cannot be looked at now says nothing', async () => {
    const fault = Object.assign(new Error('too many files'), { code: 'EMFILE' });
    expect(systemCode(await standing({ journal: fault }).catch((error: unknown) => error))).to.equal('EMFILE');
  });
});

describe('whether an attempt is over', () => {
  const two = [
    { number: 1, domain: 'one.example' },
    { number: 2, domain: 'two.example' },
  ];
  const rows: [string, RunRecord, string, boolean][] = [
    ['the run went on to another', record({ attempts: two }), 'one.example', true],
    ['it is the last, and under way', record({ attempts: two }), 'two.example', false],
    ['the run ended, and something is left', record({ step: 'Ended' }), 'one.example', false],
    ['the run is torn down, and not over', record({ step: 'Promoting', tornDown: true }), 'one.example', false],
    ['the run ended and is torn down', record({ step: 'Ended', tornDown: true }), 'one.example', true],
    ['no attempt had that domain', record({ step: 'Ended', tornDown: true }), 'three.example', false],
  ];
  for (const [why, journal, domain, over] of rows) {
    it(`${over ? 'is' : 'is not'}: ${why}`, () => expect(isAttemptOver(journal, domain)).to.equal(over));
  }
});

describe('whether the attempt of what was made beside the app is over', () => {
  const provider = { kind: 'App', domain: 'keyc-1.example' };
  const realm = { kind: 'Realm', realm: 'notes-0a1b2c' };
  const attempts = [
    { number: 1, domain: 'one.example', resources: [{ kind: 'App', domain: 'one.example' }, provider, realm] },
    { number: 2, domain: 'two.example', resources: [] },
  ];
  const first = record({ attempts: attempts.slice(0, 1) });

  it('a provider goes with its attempt', () => {
    expect(isAttemptOver(record({ attempts }), provider.domain)).to.equal(true);
    expect(isAttemptOver(first, provider.domain)).to.equal(false);
  });

  const rows: [string, RunRecord, { realm: string; attempt: number }, boolean][] = [
    ['the run went on to another', record({ attempts }), { realm: realm.realm, attempt: 1 }, true],
    ['it is under way', first, { realm: realm.realm, attempt: 1 }, false],
    ['the run ended, and something is left', { ...first, step: 'Ended' }, { realm: realm.realm, attempt: 1 }, false],
    ['all is over', { ...first, step: 'Ended', tornDown: true }, { realm: realm.realm, attempt: 1 }, true],
    ['another attempt made it', record({ attempts }), { realm: realm.realm, attempt: 2 }, false],
    ['nobody made one of that name', record({ attempts }), { realm: 'notes-ffffff', attempt: 1 }, false],
  ];
  for (const [why, journal, of, over] of rows)
    it(`I17 a realm ${over ? 'is' : 'is not'}: ${why}`, () => expect(isRealmOver(journal, of)).to.equal(over));
});
