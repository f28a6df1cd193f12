import { expect } from 'chai';
import { nameOf, type Place, placesOf, placesOfFailing, reached } from '../../e2e/warm-places.ts';
import { CURRENT, keycloakHome } from '../distribution.ts';
import { NEW, OLD, upstreamOf, WarmKeycloak } from '../warm-keycloak.ts';
import { migratesAndEnds } from './broken-releases.ts';

/** An upgrade gets over two kills; with a third it is given up, and goes back all the same. */
const BUDGET = 2;
const UPGRADE = placesOfFailing('Upgrade');
const WAY_BACK = placesOf('RollBack');

/** What an upgrade gets to only where it does well. */
const TO_THE_END = placesOf('Upgrade').filter((place) => !UPGRADE.some((other) => nameOf(other) === nameOf(place)));

const pairsOf = (places: readonly Place[]): Place[][] =>
  Array.from({ length: Math.ceil(places.length / BUDGET) }, (_, at) => places.slice(at * BUDGET, (at + 1) * BUDGET));

/** Kills of one upgrade each: all places of it in pairs, beside half of those of its rollback; then one too many. */
const failing = [
  ...pairsOf(UPGRADE).map((pair, round) => [
    ...pair,
    ...WAY_BACK.filter(({ when }) => when === (round % 2 === 0 ? 'At' : 'After')),
  ]),
  UPGRADE.filter(({ step }) => step === 'Deploy' || step === 'AwaitHealth'),
];

/** Has the controller look for releases, and kills it at each of the places. */
async function killedAt({ warm, version }: { warm: WarmKeycloak; version: string }, places: Place[]): Promise<void> {
  await warm.look();
  for (const place of places) {
    await reached(warm, version, place);
    await warm.bench.kill9();
    await warm.bench.start();
  }
}

describe('a warm Keycloak whose controller is killed in an upgrade that migrates, and on the way back', function () {
  this.timeout(900_000);
  let warm: WarmKeycloak;

  before(async () => {
    await keycloakHome(CURRENT);
    warm = await WarmKeycloak.open({ version: OLD });
  });
  after(() => warm?.bench.dispose());

  for (const [round, places] of failing.entries())
    it(`I5 I8 is healthy at what was good, with the data of before, killed ${places.map(nameOf).join(', ')}`, async () => {
      const version = `1.0.${round + 1}+${upstreamOf(NEW)}`;
      const displayName = `House ${round}`;
      await warm.call(displayName);
      warm.release(NEW, { version, over: migratesAndEnds });
      await killedAt({ warm, version }, places);
      await warm.isBackFrom(version, OLD);
      expect(await warm.told()).to.deep.equal({ displayName, server: upstreamOf(OLD) });
      expect(await warm.toldBackFrom(version)).to.have.length(1);
    });

  // The first one migrates; the others are releases of the recipe alone.
  for (const [round, places] of pairsOf(TO_THE_END).entries())
    it(`I5 I8 is healthy at what is newer, with its data, killed ${places.map(nameOf).join(', ')}`, async () => {
      const version = `1.1.${round}+${upstreamOf(NEW)}`;
      const displayName = `Newer house ${round}`;
      await warm.call(displayName);
      warm.release(NEW, { version });
      await killedAt({ warm, version }, places);
      const { history = [] } = await warm.at(version);
      expect(history[0]).to.include({ version, result: 'Committed' });
      expect(await warm.told()).to.deep.equal({ displayName, server: upstreamOf(NEW) });
      expect(await warm.toldBackFrom(version)).to.deep.equal([]);
    });
});
