import { expect } from 'chai';
import fc from 'fast-check';
import { keyText } from '../../../lib/api/kinds.ts';
import { ObjectList } from '../../../lib/store/object-list.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { enrolledCanonical, storedCanonical, storedRun } from '../../builders/stored-object.ts';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const RECIPES = ['notes', 'shop'] as const;

interface Step {
  act: 'Set' | 'Delete';
  object: StoredObject;
}

const objects = fc
  .tuple(fc.constantFrom('Run', 'Canonical'), fc.constantFrom(...NAMES), fc.constantFrom(...RECIPES), fc.nat(5))
  .map(([kind, name, recipe, generation]) => {
    const spec = { app: { recipe } } as never;
    return kind === 'Run' ? storedRun({ name, generation }) : storedCanonical({ name, generation }, spec);
  });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ act: fc.constantFrom('Set', 'Delete'), object: objects }) as fc.Arbitrary<Step>,
  { maxLength: 30 },
);
const naming = (recipe: string): StoredObject => storedCanonical({}, { app: { recipe } } as never);
const recipeOf = ({ spec }: StoredObject): unknown => (spec as { app?: { recipe?: string } }).app?.recipe;

describe('ObjectList', () => {
  it('lists by kind and name, and by recipe, what was set and not deleted, whatever came in between', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const list = new ObjectList();
        const expected = new Map<string, StoredObject>();
        for (const { act, object } of all) {
          if (act === 'Set') {
            list.set(object);
            expected.set(keyText(object), object);
          } else {
            list.delete(object);
            expected.delete(keyText(object));
          }
          const sorted = [...expected.keys()].sort().map((key) => expected.get(key)!);
          expect(list.list()).to.deep.equal(sorted);
          expect(list.list('Run')).to.deep.equal(sorted.filter(({ kind }) => kind === 'Run'));
          for (const recipe of RECIPES)
            expect(list.ofSameRecipe(naming(recipe))).to.deep.equal(sorted.filter((one) => recipeOf(one) === recipe));
        }
      }),
    );
  });

  it('a list that was given out does not change; without a change it is the same one', () => {
    const list = new ObjectList();
    list.set(storedRun({ name: 'a', generation: 1 }));
    const before = list.list('Run');
    expect(list.list('Run')).to.equal(before);
    expect(list.list()).to.equal(list.list());
    list.set(storedRun({ name: 'a', generation: 2 }));
    expect([before[0]?.generation, list.list('Run')[0]?.generation]).to.deep.equal([1, 2]);
  });

  it('a Canonical is found by the recipe in force and by the one that its file names now', () => {
    const list = new ObjectList();
    const edited = { ...enrolledCanonical({ name: 'a' }), spec: { app: { recipe: 'shop' } } };
    list.set(edited);
    for (const recipe of RECIPES) expect(list.ofSameRecipe(naming(recipe))).to.deep.equal([edited]);
    expect(list.ofSameRecipe(edited)).to.deep.equal([edited]);
    list.set({ ...edited, accepted: { spec: edited.spec, digest: '', generation: 2 } });
    expect(RECIPES.map((recipe) => list.ofSameRecipe(naming(recipe)).length)).to.deep.equal([0, 1]);
  });
});
