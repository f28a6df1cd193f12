import { expect } from 'chai';
import { ownsSomething } from '../../../controllers/owners.ts';
import { enrolledCanonical, storedCanonical, storedRun } from '../../builders/stored-object.ts';

const DUPLICATE = { reason: 'DuplicateRecipe', message: 'x', generation: 1 } as const;
const IMMUTABLE = { reason: 'ImmutableField', message: 'x', generation: 2 } as const;

describe('what the mass guard counts', () => {
  for (const [why, object, busy, wanted] of [
    ['a Canonical that was accepted', enrolledCanonical(), false, true],
    ['one whose edit was refused', { ...enrolledCanonical(), refused: IMMUTABLE }, false, true],
    ['one that nobody has looked at', storedCanonical(), false, false],
    ['a second one of a recipe', storedCanonical({ refused: DUPLICATE }), false, false],
    ['a Run under way', storedRun(), true, true],
    ['a Run that is over', storedRun(), false, false],
    ['nothing', undefined, true, false],
  ] as const) {
    it(`${why}: ${wanted ? 'yes' : 'no'}`, () => {
      expect(ownsSomething(object, () => busy)).to.equal(wanted);
    });
  }
});
