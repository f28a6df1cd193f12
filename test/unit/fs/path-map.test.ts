import { expect } from 'chai';
import fc from 'fast-check';
import { PathMap } from '../../../lib/fs/path-map.ts';

const paths = fc
  .array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 3 })
  .map((names) => `/${names.join('/')}`);

describe('PathMap', () => {
  it('knows what was set, but for what is at or below a path that was forgotten', () => {
    const steps = fc.array(fc.record({ forget: fc.boolean(), path: paths }), { maxLength: 20 });
    fc.assert(
      fc.property(steps, paths, (all, asked) => {
        const map = new PathMap<number>();
        let expected = new Map<string, number>();
        for (const [index, { forget, path }] of all.entries()) {
          if (forget) map.forget(path);
          else map.set(path, index);
          const rest = [...expected].filter(([one]) => !forget || !`${one}/`.startsWith(`${path}/`));
          expected = new Map(forget ? rest : [...rest, [path, index]]);
        }
        expect(map.get(asked)).to.equal(expected.get(asked));
        const below = [...expected].filter(([one]) => one.startsWith(`${asked}/`));
        const names = below.map(([one]) => one.slice(asked.length + 1).split('/')[0]);
        expect(map.names(asked).toSorted()).to.deep.equal([...new Set(names)].toSorted());
        const own = expected.get(asked);
        const values = [...below.map(([, value]) => value), ...(own === undefined ? [] : [own])];
        expect([...map.values(asked)].toSorted()).to.deep.equal(values.toSorted());
        expect(map.has(asked)).to.equal(values.length > 0);
        expect(map.forget(asked).toSorted()).to.deep.equal(values.toSorted());
        expect([...map.values()]).to.have.length(expected.size - values.length);
      }),
    );
  });
});
