import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { planOf } from '../../unit/platform/swarm/stack-plans.ts';
import { removeRecipes } from '../../unit/recipe/recipe-files.ts';
import { REFUSED_BY_DOCKER, TAKEN_BY_DOCKER } from '../../unit/recipe/refused-by-docker.ts';
import { generatedRecipe } from './compose-trees.ts';
import { bothForms, hasStackConfig, takes } from './stack-config.ts';

const home = mkdtempSync(join(tmpdir(), 'ccci-stack-'));

// Without such a CLI there is nothing to compare with: the recorded cases of the unit tests stand for it.
if (hasStackConfig(home)) {
  describe('the stack file beside docker stack config', function () {
    this.timeout(120_000);

    afterEach(removeRecipes);

    it('T93 refuses the files that our reader refuses as they are written, and takes those that it takes', async () => {
      const env = { T: 'yes', N: '2', B: 'b' };
      for (const [key, text] of REFUSED_BY_DOCKER) expect(takes(text, { home, env }), key + text).to.equal(false);
      for (const text of TAKEN_BY_DOCKER) expect(takes(text, { home, env }), text).to.equal(true);
    });

    it('says of any recipe what the CLI makes of it @nightly', async () => {
      await fc.assert(
        fc.asyncProperty(generatedRecipe, async ({ files, env }) => {
          const { theirs, ours } = bothForms(await planOf(files, { env }), home);
          expect(ours).to.deep.equal(theirs);
        }),
        { numRuns: 60 },
      );
    });
  });
}
after(() => rmSync(home, { recursive: true, force: true }));
