import { expect } from 'chai';
import { parseSpecFile } from '../../../lib/store/spec-codec.ts';
import { demoSpec } from '../../../scripts/build-demo-recipes.ts';

describe('demo specs', () => {
  for (const recipe of ['notes', 'hello']) {
    it(`${recipe}.yaml is a valid Canonical of the built repository`, async () => {
      const text = await demoSpec(recipe, '/srv/demo/recipes');
      const parsed = parseSpecFile({ path: `${recipe}.yaml`, bytes: Buffer.from(text) });
      expect(parsed, JSON.stringify(parsed)).to.include({ ok: true });
      if (!parsed.ok || parsed.object.kind !== 'Canonical') throw new Error('not a Canonical');
      expect(parsed.object.spec.app.source).to.equal(`/srv/demo/recipes/${recipe}`);
      expect(parsed.notes).to.deep.equal([]);
    });
  }
});
