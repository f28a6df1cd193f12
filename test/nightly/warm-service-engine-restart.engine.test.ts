import { expect } from 'chai';
import { OwnEngine } from '../e2e/swarm/own-engine.ts';
import { CrateBench, FIRST, READY_MS } from '../e2e/warm/crate-bench.ts';
import { docker } from '../rig/test-engine.ts';

describe('a warm service whose engine is started anew', function () {
  this.timeout(4 * READY_MS);
  let engine: OwnEngine;
  let crate: CrateBench;
  const shared = process.env.CC_CI_TEST_SOCKET;

  before(async () => {
    engine = await OwnEngine.start();
    process.env.CC_CI_TEST_SOCKET = engine.socketPath;
    // What an engine of its own runs is not reached by ports.
    crate = new CrateBench('Swarm', { word: 'anew', health: 'Exec' });
    await crate.start();
  });
  after(async () => {
    try {
      await crate?.bench.dispose();
    } finally {
      await engine?.stop();
    }
    if (shared === undefined) delete process.env.CC_CI_TEST_SOCKET;
    else process.env.CC_CI_TEST_SOCKET = shared;
  });

  it('is brought back by the engine, with its data, and is not deployed again', async () => {
    const { containers } = await crate.living();
    await engine.take('SIGTERM');
    await engine.bringBack();
    await crate.hasOther(containers);
    await crate.settledAt(FIRST);
    const [container = ''] = (await crate.living()).containers;
    expect(docker('exec', container, 'cat', '/data/order').trim()).to.equal('first');
    expect(await crate.drifts()).to.deep.equal([]);
  });
});
