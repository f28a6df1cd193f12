import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { composeOf, removeRecipes } from './recipe-files.ts';
import { REFUSED_BY_DOCKER, TAKEN_BY_DOCKER } from './refused-by-docker.ts';

describe('compose files as they are written', () => {
  afterEach(removeRecipes);

  for (const [key, text] of REFUSED_BY_DOCKER) {
    it(`T93 refuses ${key} in ${JSON.stringify(text)}, with its line`, async () => {
      const error: unknown = await composeOf(text).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(CcError).with.property('code', 'InvalidInput');
      expect((error as CcError).message)
        .to.match(/^compose\.yml:\d+:\d+: /)
        .and.to.include(key);
    });
  }

  for (const text of TAKEN_BY_DOCKER) {
    it(`takes ${JSON.stringify(text)}`, async () => {
      expect((await composeOf(text, { T: 'yes', N: '2', B: 'b' })).services).to.have.length(1);
    });
  }

  it('T93 a port above the highest is left to the CLI, which refuses it', async () => {
    const { raw } = await composeOf('services: {app: {image: x, ports: ["99999:80"]}}');
    expect(raw.services).to.have.nested.property('app.ports.0', '99999:80');
  });
});
