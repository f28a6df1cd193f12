import { expect } from 'chai';
import { failedSetId, warmHome } from '../../../lib/known-good/warm-home.ts';
import { codeOf } from '../../rig/code-of.ts';

describe('the home of a warm service', () => {
  const { directory, sets, failedSets } = warmHome('/state', 'shop');

  it('has the sets of upgrades and of rollbacks in different places, each found by its id alone', () => {
    expect(directory).to.equal('/state/warm/shop');
    expect(sets.pathOf('w1')).to.equal('/state/warm/shop/sets/w1');
    expect(sets.pathOf(failedSetId('w1'))).to.equal(failedSets.pathOf(failedSetId('w1')));
    expect(failedSets.pathOf(failedSetId('w1'))).to.equal('/state/warm/shop/asides/w1-failed');
  });

  it('T82 an id leads nowhere else', async () => {
    for (const id of ['../x-failed', '../../etc', '', '.', '-failed'])
      expect(await codeOf(Promise.resolve(id).then((one) => sets.pathOf(one))), id).to.equal('InvalidInput');
  });
});
