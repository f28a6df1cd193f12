import { expect } from 'chai';
import { expectedDeploys, newProgress, noteDeployed } from '../../../lib/run-record/run-files.ts';

const ROWS: readonly [string, readonly boolean[], number][] = [
  ['nothing was ever deployed', [false, false], 0],
  ['one deploy, seen often', [false, true, true, true], 1],
  ['a deploy whose first look came late', [true, true], 1],
  ['an upgrade in place, a stop and a start', [false, true, true, true, true], 1],
  ['an app that was away in between', [false, true, false, true], 2],
  ['an app that went for good', [false, true, false], 1],
];

describe('R4 the count of deploys', () => {
  for (const [what, looks, count] of ROWS) {
    it(`${what}: ${count}`, () => {
      const progress = newProgress(1, 'Cold');
      for (const deployed of looks) noteDeployed(progress, deployed);
      expect(progress.deploys).to.equal(count);
    });
  }

  it('counts the app and each provider by themselves', () => {
    const progress = newProgress(1, 'Cold');
    for (const look of [false, true, true]) {
      noteDeployed(progress, look);
      noteDeployed(progress, look, 'sso');
    }
    noteDeployed(progress, true, 'other');
    expect(progress.deploys).to.equal(3);
  });

  it('is expected to be one, and one more for each dependency without a warm provider', () => {
    expect(expectedDeploys([])).to.equal(1);
    expect(expectedDeploys([{ mode: 'Warm' }, { mode: 'Cold' }, { mode: 'Cold' }])).to.equal(3);
  });
});
