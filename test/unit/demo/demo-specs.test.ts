import { expect } from 'chai';
import { parseSpecFile } from '../../../lib/store/spec-codec.ts';
import { demoSpec } from '../../../scripts/build-demo-recipes.ts';

describe('demo specs', () => {
  for (const [recipe, kind] of [
    ['notes', 'Canonical'],
    ['hello', 'Canonical'],
    ['guestbook', 'WarmService'],
  ] as const) {
    it(`${recipe}.yaml is a valid ${kind} of the built repository`, async () => {
      const text = await demoSpec(recipe, '/srv/demo/recipes');
      const parsed = parseSpecFile({ path: `${recipe}.yaml`, bytes: Buffer.from(text) });
      expect(parsed, JSON.stringify(parsed)).to.include({ ok: true });
      if (!parsed.ok || parsed.object.kind !== kind) throw new Error(`not a ${kind}`);
      expect(parsed.object.spec.app.source).to.equal(`/srv/demo/recipes/${recipe}`);
      expect(parsed.notes).to.deep.equal([]);
    });
  }
});
