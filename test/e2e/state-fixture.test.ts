import { existsSync, rmSync } from 'node:fs';
import { expect } from 'chai';
import { STATE_FORMAT } from '../../lib/store/state-format.ts';
import { factsOf, fixtureOf, SOURCES, unpack } from '../fixtures/state/state-fixture.ts';
import { Bench, conditionOf } from './harness.ts';

const FORMATS = Array.from({ length: STATE_FORMAT }, (_, index) => index + 1);

describe('a state directory that an earlier controller left', function () {
  this.timeout(240_000);
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench({ recipeSource: `${SOURCES}/{recipe}` });
    rmSync(bench.specs, { recursive: true });
  });
  afterEach(() => bench.dispose());

  for (const format of FORMATS) {
    it(`of format ${format} is kept with the sources`, () => {
      expect(existsSync(fixtureOf(format).archive)).to.equal(true);
    });

    it(`of format ${format} is opened with everything in it: who is who, what is good, verdicts, histories, alerts`, async () => {
      const { facts } = unpack(fixtureOf(format), bench.root);
      if (format === STATE_FORMAT) expect(await factsOf(bench.state)).to.deep.equal(facts);
      // A snapshot remembers its owners, which only root can give back.
      if (process.getuid?.() !== 0) return;
      await bench.start();
      for (const name of ['green', 'red']) await bench.waitCondition({ kind: 'Canonical', name }, 'Ready', 'True');
      await bench.waitFor('every object to be looked at', async () => {
        const found = await Promise.all(Object.keys(facts.objects).map((key) => settled(bench, key)));
        return found.every((one) => one);
      });
      expect(await factsOf(bench.state)).to.deep.equal(facts);
      await bench.restart();
      expect(await factsOf(bench.state)).to.deep.equal(facts);
      // An unpacked copy has other inodes and times than it was prepared with, so a start that looks at it makes it anew.
      expect(bench.log).not.to.match(/(?<!PreparedCopy)Damaged|damaged|InvalidSpec/);
    });
  }
});

/** Its file is in force, as this controller says. */
async function settled(bench: Bench, text: string): Promise<boolean> {
  const [kind, name = ''] = text.split('/') as [Parameters<Bench['object']>[0], string];
  const found = await bench.object(kind, name);
  return conditionOf(found?.status ?? {}, 'Accepted')?.status === 'True' && found?.object.deletion === undefined;
}
