import { join } from 'node:path';
import { expect } from 'chai';
import { commandRunner } from '../../lib/exec/command.ts';
import { buildDemoImages } from '../../scripts/build-demo-images.ts';
import type { BuildDemoOptions, DemoRecipe } from '../../scripts/build-demo-recipes.ts';
import { buildSsoRecipes } from '../../scripts/build-sso-recipes.ts';
import type { Bench } from '../e2e/harness.ts';
import { stackBench } from '../e2e/swarm/stack-bench.ts';
import { resultsOf } from '../e2e/swarm/stages.ts';
import { type Ingress, startIngress } from '../rig/ingress.ts';
import { testSocket } from '../rig/test-engine.ts';

const made = { runner: commandRunner, path: process.env.PATH ?? '/usr/bin:/bin' };

async function portalOf(options: BuildDemoOptions): Promise<DemoRecipe[]> {
  return (await buildSsoRecipes(options)).filter(({ recipe }) => recipe === 'portal');
}

/** Nobody signs in here: a provider would have to be reached from within a container. */
describe('the portal as an image, behind the ingress of a swarm', function () {
  this.timeout(300_000);
  let ingress: Ingress;
  let bench: Bench;

  before(async () => {
    await buildDemoImages({ ...made, dockerHost: `unix://${testSocket()}`, recipes: portalOf });
    ingress = await startIngress();
    const { connectTo, caFile } = ingress;
    bench = stackBench('Swarm', 'portal', { swarm: { socket: testSocket(), connectTo, caFile } });
    await portalOf({ ...made, directory: join(bench.root, 'recipes') });
    await bench.start();
  });
  after(async () => {
    await bench?.dispose();
    ingress?.stop();
  });

  it('is installed and upgraded, shows its page, and leaves nothing', async () => {
    bench.apply('Run', 'plain', { recipe: 'portal' });
    const status = await bench.waitOver('plain', 180_000);
    expect(status, JSON.stringify(status)).to.include({ verdict: 'Passed', level: 5, platform: 'Swarm' });
    expect(status.version).to.deep.equal({ base: '1.0.0+1.0.0', head: '1.1.0+1.1.0' });
    expect(resultsOf(status)).to.include({
      Install: 'Passed',
      Upgrade: 'Passed',
      Custom: 'Passed',
      Teardown: 'Passed',
    });
    await bench.waitClean();
  });
});
