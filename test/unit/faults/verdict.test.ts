import { expect } from 'chai';
import type { Reading } from '../../faults/reader/reading.ts';
import { compareEnds, endOf, faultsOf } from '../../faults/reader/verdict.ts';

const DOMAIN = 'warm-canon-box.ci.localhost';

function reading(fields: Partial<Reading> = {}): Reading {
  const generation = { id: 'g1', version: '1.1.0+1.1.0', commit: 'c1', content: 'abc', faults: [] };
  return {
    statuses: { 'Canonical/box': { conditions: [], knownGood: { generation: 'g1', version: '1.1.0+1.1.0' } } },
    records: ['Canonical/box'],
    claims: [{ domain: DOMAIN, kind: 'Canonical', name: 'box' }],
    ports: [{ port: '20001', domain: DOMAIN }],
    apps: { [DOMAIN]: { data: 'abc' } },
    canonicals: {
      box: { pointer: 'g1', generations: [generation], volumes: { state: 'Clean', generation: 'g1' }, others: [] },
    },
    destroying: [],
    kept: { 'generation-1': 'c1' },
    processes: [],
    cgroups: [],
    torn: [],
    unfinished: [],
    ...fields,
  };
}

const box = reading().canonicals.box!;

describe('faultsOf', () => {
  it('finds none where all is well', () => {
    expect(faultsOf(reading(), 'Rest')).to.deep.equal([]);
  });

  const rest: [string, Partial<Reading>][] = [
    ['a process', { processes: ['process with a/service/b'] }],
    ['a cgroup', { cgroups: ['cc-ci.1/_service/_a'] }],
    ['a temp file', { unfinished: ['.tmp-journal.json-1'] }],
    ['a claim of nobody', { records: [] }],
    ['an app without a claim', { apps: { [DOMAIN]: {}, other: {} } }],
    ['a port without a claim', { ports: [{ port: '20002', domain: 'other' }] }],
    ['a lease', { canonicals: { box: { ...box, others: ['lease.json'] } } }],
    ['a status that tells of another known-good', { statuses: {} }],
  ];
  for (const [why, fields] of rest) {
    it(`finds ${why}, once nothing is under way`, () => {
      expect(faultsOf(reading(fields), 'Rest')).not.to.deep.equal([]);
      expect(faultsOf(reading(fields), 'Always').filter((one) => !one.startsWith('the status'))).to.deep.equal([]);
    });
  }

  const always: [string, Partial<Reading>][] = [
    ['a torn file', { torn: ['index.jsonl'] }],
    ['I1 a known-good that is not there', { canonicals: { box: { ...box, pointer: 'g2' } } }],
    [
      'I1 a damaged generation',
      { canonicals: { box: { ...box, generations: [{ ...box.generations[0]!, faults: ['x'] }] } } },
    ],
    ['I14 a commit that no mirror keeps', { kept: {} }],
  ];
  for (const [why, fields] of always) {
    it(`finds ${why} at any moment`, () => expect(faultsOf(reading(fields), 'Always')).not.to.deep.equal([]));
  }
});

describe('a generation that a deletion is removing', () => {
  it('is no damage', () => {
    const generations = [{ ...box.generations[0]!, faults: ['no manifest'] }];
    const halfGone = { canonicals: { box: { ...box, generations } } };
    expect(faultsOf(reading({ ...halfGone, destroying: ['box'] }), 'Always')).to.deep.equal([]);
  });
});

describe('compareEnds', () => {
  const wanted = endOf(reading());
  const compare = (other: Reading): string => compareEnds(endOf(other), wanted, other).result;
  const ended = (status: Reading['statuses'][string]): Reading =>
    reading({ records: ['Canonical/box', 'Run/one'], statuses: { ...reading().statuses, 'Run/one': status } });

  it('takes other ids, ports and times for the same', () => {
    expect(compare(reading({ ports: [{ port: '20077', domain: DOMAIN }] }))).to.equal('Same');
  });

  it('takes a run that the infrastructure ended for honest', () => {
    const conditions = [{ type: 'Succeeded', status: 'False', reason: 'InfraError' }];
    expect(compare(ended({ conditions, blame: 'Infra' }))).to.equal('Honest');
  });

  it('takes a promotion that failed for honest', () => {
    expect(compare(ended({ promotion: { result: 'Failed' } }))).to.equal('Honest');
  });

  it('takes a run that blames the recipe for wrong', () => {
    const conditions = [{ type: 'Succeeded', status: 'False', reason: 'Failed' }];
    for (const blame of ['Recipe', 'PreExisting']) {
      expect(compare(ended({ conditions, verdict: 'Failed', blame })), blame).to.equal('Wrong');
    }
  });

  const failed = { conditions: [{ type: 'Succeeded', status: 'False', reason: 'InfraError' }] };
  for (const [how, statuses] of [
    ['quietly', {}],
    ['beside a run that says it failed', { 'Run/one': failed }],
  ] as const) {
    it(`takes a volume that is lost ${how} for wrong`, () => {
      expect(compare(reading({ statuses, apps: { [DOMAIN]: {} } }))).to.equal('Wrong');
    });
    it(`takes other data that is known to be good ${how} for wrong`, () => {
      const generations = [{ ...box.generations[0]!, content: 'other' }];
      expect(compare(reading({ statuses, canonicals: { box: { ...box, generations } } }))).to.equal('Wrong');
    });
  }
});
