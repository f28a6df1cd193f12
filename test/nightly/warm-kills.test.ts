import { expect } from 'chai';
import { FIRST, migratesAndEnds, WarmBox } from '../e2e/warm-box.ts';
import { nameOf, type Place, placesOf, placesOfFailing, reached } from '../e2e/warm-places.ts';

/** Looks for releases, and kills the controller where an operation on that one is at a place. */
async function killed(box: WarmBox, place: Place, version: string): Promise<void> {
  const { bench } = box;
  await box.look();
  await reached(box, version, place);
  await bench.kill9();
  await bench.start();
}

const versionOf = (minor: number): string => `1.${minor}.0+1.${minor}.0`;

describe('a warm service whose controller is killed in an upgrade', function () {
  this.timeout(240_000);
  let box: WarmBox;

  before(async () => {
    box = await WarmBox.open();
  });
  after(() => box?.bench.dispose());

  for (const [round, place] of placesOf('Upgrade').entries())
    it(`I8 ${nameOf(place)}: it ends there, with its data`, async () => {
      const version = versionOf(round + 1);
      box.release(version);
      await killed(box, place, version);
      const { history = [], failedSets } = await box.at(version);
      expect(history[0]).to.include({ version, result: 'Committed' });
      expect(failedSets).to.equal(undefined);
      expect([await box.ask('/version'), await box.ask('/')]).to.deep.equal([version, 'box:kept']);
    });
});

describe('a warm service whose controller is killed in an upgrade that fails, or on the way back', function () {
  this.timeout(240_000);
  let box: WarmBox;

  before(async () => {
    box = await WarmBox.open();
  });
  after(() => box?.bench.dispose());

  for (const [round, place] of [...placesOfFailing('Upgrade'), ...placesOf('RollBack')].entries())
    it(`I5 I8 ${nameOf(place)}: it is back where it was, with its data`, async () => {
      const version = versionOf(round + 1);
      box.release(version, migratesAndEnds(version));
      await killed(box, place, version);
      const { quarantine = [] } = await box.isBackFrom(version, FIRST);
      expect(quarantine.map((one) => one.version)).to.include(version);
      expect([await box.ask('/version'), await box.ask('/')]).to.deep.equal([FIRST, 'box:kept']);
      expect(await box.toldBackFrom(version)).to.have.length(1);
    });
});
