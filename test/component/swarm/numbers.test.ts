import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { numberText } from '../../builders/number-texts.ts';
import { planOf } from '../../unit/platform/swarm/stack-plans.ts';
import { removeRecipes } from '../../unit/recipe/recipe-files.ts';
import { WRITTEN_ANEW } from './known-differences.ts';
import { hasStackConfig, mergedByDocker } from './stack-config.ts';

const VALUES = 600;
const home = mkdtempSync(join(tmpdir(), 'ccci-stack-'));

if (hasStackConfig(home)) {
  describe('numbers beside docker stack config', function () {
    this.timeout(60_000);

    afterEach(removeRecipes);

    it(`T94 ${VALUES} of them are as docker has them, or as they are written`, async () => {
      const values = [...new Set(fc.sample(numberText, VALUES))];
      const lines = values.flatMap((value, at) => [`      PLAIN_${at}: ${value}`, `      QUOTED_${at}: "${value}"`]);
      const text = `services:\n  app:\n    image: x\n    environment:\n${lines.join('\n')}\n`;
      const plan = await planOf(text);
      const theirs = mergedByDocker(plan, home).services.app?.environment ?? {};
      const ours = plan.compose.services[0]?.environment ?? {};
      const differ = values.filter((_, at) => String(theirs[`PLAIN_${at}`]) !== ours[`PLAIN_${at}`]);
      expect(differ.filter((value) => !WRITTEN_ANEW.test(value))).to.deep.equal([]);
      values.forEach((value, at) => {
        expect([theirs[`QUOTED_${at}`], ours[`QUOTED_${at}`], ours[`PLAIN_${at}`]]).to.deep.equal([
          value,
          value,
          value,
        ]);
      });
    });
  });
}
after(() => rmSync(home, { recursive: true, force: true }));
