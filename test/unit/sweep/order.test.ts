import { expect } from 'chai';
import { orderOf } from '../../../controllers/sweep/order.ts';
import { storedWarmService } from '../../builders/stored-object.ts';

const ROWS: readonly [string, Readonly<Record<string, readonly string[]>>, readonly string[], readonly string[]][] = [
  ['by name', { b: [], a: [] }, ['a', 'b'], []],
  ['after what they depend on', { a: ['c'], b: [], c: [] }, ['b', 'c', 'a'], []],
  ['in a chain', { a: ['b'], b: ['c'], c: [] }, ['c', 'b', 'a'], []],
  ['what does not exist comes before nobody', { a: ['nobody'] }, ['a'], []],
  [
    'T61 those in a circle, and those after it, have no turn',
    { a: ['b'], b: ['a'], c: ['a'], d: [] },
    ['d'],
    ['a', 'b', 'c'],
  ],
  ['T61 one that comes before itself', { a: ['a'] }, [], ['a']],
  ['none', {}, [], []],
];

describe('order of warm services in a sweep', () => {
  for (const [name, services, ordered, circular] of ROWS)
    it(name, () => {
      const objects = Object.entries(services).map(([one, before]) =>
        storedWarmService({ name: one }, { dependsOn: before.map((warmService) => ({ warmService })) }),
      );
      const found = orderOf(objects);
      expect(found.ordered.map((one) => one.name)).to.deep.equal(ordered);
      expect(found.circular.map((one) => one.name)).to.deep.equal(circular);
    });
});
