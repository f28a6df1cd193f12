import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { composeOf, removeRecipes } from './recipe-files.ts';
import { REFUSED_BY_DOCKER, TAKEN_BY_DOCKER } from './refused-by-docker.ts';

const ENV = { T: 'yes', N: '2', B: 'b', E: '' };

describe('compose files as they are written', () => {
  afterEach(removeRecipes);

  for (const [key, text] of REFUSED_BY_DOCKER) {
    it(`T93 refuses ${key} in ${JSON.stringify(text)}, with its line`, async () => {
      const error: unknown = await composeOf(text, ENV).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(CcError).with.property('code', 'InvalidInput');
      expect((error as CcError).message)
        .to.match(/^compose\.yml:\d+:\d+: /)
        .and.to.include(key);
    });
  }

  for (const text of TAKEN_BY_DOCKER) {
    it(`takes ${JSON.stringify(text)}`, async () => {
      expect((await composeOf(text, ENV)).services).to.have.length(1);
    });
  }
});
