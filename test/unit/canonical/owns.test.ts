import { expect } from 'chai';
import { canonicalReconciler } from '../../../controllers/canonical/reconciler.ts';
import type { KindServices } from '../../../lib/app/kind-services.ts';
import { enrolledCanonical, storedCanonical } from '../../builders/stored-object.ts';

const DUPLICATE = { reason: 'DuplicateRecipe', message: 'x', generation: 1 } as const;
const IMMUTABLE = { reason: 'ImmutableField', message: 'x', generation: 2 } as const;

describe('what the mass guard counts of Canonicals', () => {
  for (const [why, object, wanted] of [
    ['one that was accepted', enrolledCanonical(), true],
    ['one whose edit was refused', { ...enrolledCanonical(), refused: IMMUTABLE }, true],
    ['one that nobody has looked at', storedCanonical(), false],
    ['a second one of a recipe', storedCanonical({ refused: DUPLICATE }), false],
  ] as const) {
    it(`${why}: ${wanted ? 'yes' : 'no'}`, () => {
      expect(canonicalReconciler({} as KindServices).owns(object)).to.equal(wanted);
    });
  }
});
