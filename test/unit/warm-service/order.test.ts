import { expect } from 'chai';
import fc from 'fast-check';
import { cycleOf, waitsFor } from '../../../controllers/warm-service/order.ts';
import { storedWarmService } from '../../builders/stored-object.ts';

type Graph = Readonly<Record<string, readonly string[]>>;
const wayOf = (graph: Graph) => (name: string) => graph[name] ?? [];
const service = (name: string, ...after: string[]) =>
  storedWarmService({ name }, { dependsOn: after.map((warmService) => ({ warmService })) });

const CYCLES: readonly [string, Graph, string[] | undefined][] = [
  ['nothing', {}, undefined],
  ['itself', { a: ['a'] }, ['a', 'a']],
  ['two', { a: ['b'], b: ['a'] }, ['a', 'b', 'a']],
  ['three, behind a way that ends', { a: ['x', 'b'], b: ['c'], c: ['a'] }, ['a', 'b', 'c', 'a']],
  ['a diamond is none', { a: ['b', 'c'], b: ['d'], c: ['d'] }, undefined],
  ['a circle of others', { a: ['b'], b: ['c'], c: ['b'] }, undefined],
  ['one that is not there', { a: ['b'] }, undefined],
  ['named twice', { a: ['b', 'b'] }, undefined],
];

describe('order of warm services', () => {
  for (const [name, graph, wanted] of CYCLES)
    it(`T61 circle: ${name}`, () => expect(cycleOf('a', wayOf(graph))).to.deep.equal(wanted));

  it('T61 finds a circle exactly where a way leads back', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const graphs = fc.dictionary(fc.constantFrom(...names), fc.array(fc.constantFrom(...names), { maxLength: 4 }));
    fc.assert(
      fc.property(graphs, (graph) => {
        const reach = new Set<string>();
        const open = [...(graph.a ?? [])];
        for (let one = open.pop(); one !== undefined; one = open.pop()) {
          if (reach.has(one)) continue;
          reach.add(one);
          open.push(...(graph[one] ?? []));
        }
        const found = cycleOf('a', wayOf(graph));
        expect(found !== undefined).to.equal(reach.has('a'));
        for (const [at, to] of (found ?? []).slice(1).entries()) expect(graph[found?.[at] ?? '']).to.include(to);
      }),
    );
  });

  it('a service waits for what comes first until that is ready', () => {
    const shop = service('shop', 'sso', 'db');
    const all = [shop, service('sso'), service('db')];
    expect(waitsFor(shop, all, (name) => name === 'sso')).to.deep.equal({
      state: 'Services',
      names: ['db'],
      absent: [],
    });
    expect(waitsFor(shop, all, () => true)).to.deep.equal({ state: 'Nobody' });
  });

  it('a service waits for one that is not there', () => {
    const shop = service('shop', 'sso');
    expect(waitsFor(shop, [shop], () => false)).to.deep.equal({ state: 'Services', names: ['sso'], absent: ['sso'] });
  });

  it('T61 all of a circle are told, whoever is ready', () => {
    const [a, b] = [service('a', 'b'), service('b', 'a')];
    expect(waitsFor(a, [a, b], () => true)).to.deep.equal({ state: 'Cycle', names: ['a', 'b', 'a'] });
    expect(waitsFor(b, [a, b], () => true)).to.deep.equal({ state: 'Cycle', names: ['b', 'a', 'b'] });
  });
});
