import { expect } from 'chai';
import { type Call, callsOf, planMatrix } from '../../faults/matrix/plan.ts';
import { type Point, parsePoint, pointId, SCENARIOS, type ScenarioName } from '../../faults/matrix/point.ts';

function matrixOf(calls: Partial<Record<ScenarioName, readonly Call[]>>): Point[] {
  const none = Object.fromEntries(SCENARIOS.map((name) => [name, []])) as unknown as Record<ScenarioName, Call[]>;
  return planMatrix({ ...none, ...calls });
}

const times = (site: string, count: number): Call[] =>
  Array.from({ length: count }, (_, index) => ({ site, number: index + 1, occurrence: index + 1 }));
const modesAt = (points: readonly Point[], site: string): string[] =>
  points
    .filter((point) => point.site === site)
    .map(({ mode, occurrence }) => `${mode} ${occurrence}`)
    .sort();

describe('pointId', () => {
  const rows: Point[] = [
    { scenario: 'enrol', mode: 'kill-before', site: 'rename a:b c', occurrence: 3, times: 1 },
    { scenario: 'cold-run', mode: 'EMFILE', site: 'fork ', occurrence: 1, times: 30 },
    { scenario: 'deletion', mode: 'kill-after', occurrence: 120, times: 1 },
  ];
  for (const point of rows)
    it(`${pointId(point)} is read back`, () => expect(parsePoint(pointId(point))).to.deep.equal(point));

  it('takes no other text', () => {
    for (const text of ['', 'enrol', 'enrol:kill:1', 'other:kill-before:1', 'enrol:EIO:x'])
      expect(() => parsePoint(text), text).to.throw();
  });
});

describe('callsOf', () => {
  it('reads the lines of a trace, the last one torn', () => {
    expect(callsOf('1\t1\tcall\tmkdir state\n2\t1\tfault\tfork \n3\t')).to.deep.equal([
      { number: 1, occurrence: 1, site: 'mkdir state' },
      { number: 2, occurrence: 1, site: 'fork ' },
    ]);
  });
});

describe('planMatrix', () => {
  it('kills at the first and the last call of a site, and lets one in the middle fail', () => {
    const site = 'mkdir state/apps';
    expect(modesAt(matrixOf({ enrol: times(site, 5) }), site)).to.deep.equal([
      'ENOSPC 3',
      'kill-before 1',
      'kill-before 5',
    ]);
  });

  it('kills before and after every write of a file that decides what comes next', () => {
    const site = 'rename state/objects/Run/two/.tmp-journal.json-# state/objects/Run/two/journal.json';
    expect(modesAt(matrixOf({ promotion: times(site, 3) }), site)).to.have.members([
      ...[1, 2, 3].flatMap((at) => [`kill-before ${at}`, `kill-after ${at}`]),
      'EIO 2',
    ]);
  });

  it('kills nobody at a call that changes nothing', () => {
    const site = 'open-read state/instance.json';
    const modes = modesAt(matrixOf({ enrol: times(site, 2) }), site);
    expect(modes).to.include('EMFILE 1');
    expect(modes.filter((mode) => mode.startsWith('kill'))).to.deep.equal([]);
  });

  it('leaves out of a cold run what other scenarios have under the name of their own run', () => {
    const site = (run: string): string => `mkdir state/runs/${run}-#/backup`;
    const points = matrixOf({ 'cold-run': times(site('one'), 1), promotion: times(site('two'), 1) });
    expect(modesAt(points, site('one'))).to.deep.equal([]);
    expect(modesAt(points, site('two'))).not.to.deep.equal([]);
  });

  it('has each point once, in an order that is always the same', () => {
    const calls = { enrol: times('mkdir state', 200), deletion: times('rmdir state/apps', 3) };
    const ids = matrixOf(calls).map(pointId);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(matrixOf(calls).map(pointId)).to.deep.equal(ids);
  });
});
