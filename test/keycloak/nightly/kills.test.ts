import { expect } from 'chai';
import { nameOf, type Place, placesOf, placesOfFailing, reached } from '../../e2e/warm-places.ts';
import { CURRENT, keycloakHome } from '../distribution.ts';
import { NEW, OLD, upstreamOf, WarmKeycloak } from '../warm-keycloak.ts';
import { migratesAndEnds } from './broken-releases.ts';

/** An upgrade gets over two kills; with a third it is given up, and goes back all the same. */
const BUDGET = 2;
const UPGRADE = placesOfFailing('Upgrade');
const WAY_BACK = placesOf('RollBack');

/** Kills of one upgrade each: all places of it in pairs, beside half of those of its rollback; then one too many. */
const rounds: Place[][] = [];
for (let at = 0; at < UPGRADE.length; at += BUDGET)
  rounds.push([
    ...UPGRADE.slice(at, at + BUDGET),
    ...WAY_BACK.filter(({ when }) => when === (rounds.length % 2 === 0 ? 'At' : 'After')),
  ]);
rounds.push(UPGRADE.filter(({ step }) => step === 'Deploy' || step === 'AwaitHealth'));

describe('a warm Keycloak whose controller is killed in an upgrade that migrates and fails, and on the way back', function () {
  this.timeout(900_000);
  let warm: WarmKeycloak;

  before(async () => {
    await keycloakHome(CURRENT);
    warm = await WarmKeycloak.open({ version: OLD });
  });
  after(() => warm?.bench.dispose());

  for (const [round, places] of rounds.entries())
    it(`I5 I8 is healthy at what was good, with the data of before, killed ${places.map(nameOf).join(', ')}`, async () => {
      const version = `1.0.${round + 1}+${upstreamOf(NEW)}`;
      const displayName = `House ${round}`;
      await warm.call(displayName);
      warm.release(NEW, { version, over: migratesAndEnds });
      await warm.look();
      for (const place of places) {
        await reached(warm, version, place);
        await warm.bench.kill9();
        await warm.bench.start();
      }
      await warm.isBackFrom(version, OLD);
      expect(await warm.told()).to.deep.equal({ displayName, server: upstreamOf(OLD) });
      expect(await warm.toldBackFrom(version)).to.have.length(1);
    });
});
