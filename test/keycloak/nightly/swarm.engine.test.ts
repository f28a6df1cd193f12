import { expect } from 'chai';
import { PORTS, stackBench } from '../../e2e/swarm/stack-bench.ts';
import { buildKeycloakImage } from '../../rig/keycloak-image.ts';
import { keycloakHome } from '../distribution.ts';
import { NEW, OLD, releaseOf, upstreamOf, WarmKeycloak } from '../warm-keycloak.ts';
import { hiddenInImage } from './broken-releases.ts';

const HIDDEN = '1.0.1+26.7.3';

/** The same recipe as on processes, in images built of the same distributions. */
describe('a warm Keycloak on Swarm', function () {
  this.timeout(900_000);
  let warm: WarmKeycloak | undefined;

  before(async () => {
    for (const version of [OLD, NEW]) {
      const home = await keycloakHome(upstreamOf(version));
      buildKeycloakImage({ image: `cc-ci-demo/keycloak:${upstreamOf(version)}`, recipe: releaseOf(version), home });
    }
  });
  after(() => warm?.bench.dispose());

  it('WC1.1 I5 goes back with its data from what migrates and is never healthy, and on to what does well', async () => {
    warm = await WarmKeycloak.open({ version: OLD, bench: stackBench('Swarm', 'kc'), app: PORTS, health: '2m' });
    await warm.call('The old house');
    warm.release(NEW, { version: HIDDEN, over: hiddenInImage });
    await warm.look();
    await warm.isBackFrom(HIDDEN, OLD);
    expect(await warm.told()).to.deep.equal({ displayName: 'The old house', server: upstreamOf(OLD) });

    warm.release(NEW);
    await warm.look();
    await warm.at(NEW);
    expect(await warm.told()).to.deep.equal({ displayName: 'The old house', server: upstreamOf(NEW) });
  });
});
