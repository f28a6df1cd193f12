import { expect } from 'chai';
import { demoCanonical } from './demo-canonical.ts';
import { Bench } from './harness.ts';

describe('the overlay of the demo recipes that publishes a port', function () {
  this.timeout(240_000);
  let bench: Bench;
  before(async () => {
    bench = new Bench();
    bench.apply('Canonical', 'hello', await demoCanonical(bench, 'hello'));
    await bench.start();
  });
  after(() => bench.dispose());

  it('changes nothing on the process platform, which gives every service its own port', async () => {
    bench.apply('Run', 'published', { recipe: 'hello' });
    const status = await bench.waitOver('published');
    expect(status, JSON.stringify(status)).to.include({ verdict: 'Passed', level: 5 });
    expect(status.stages?.find(({ name }) => name === 'Custom')).to.include({ result: 'Passed' });
    await bench.waitClean();
  });
});
