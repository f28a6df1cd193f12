import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { CcError } from '../../../lib/errors.ts';
import { hostileName } from '../../builders/hostile-names.ts';
import { composeOf, removeRecipes } from './recipe-files.ts';

const RUNS = 60;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const ENGINE = /^[^/\x00-\x1f\x7f]{0,255}$/;
const ENV = /^[\x21-\x3c\x3e-\x7e]{1,256}$/;

type Place = (name: string) => object;

/** A compose file with the name at one place, and what a name there may be. */
const SORTS: Readonly<Record<string, { place: Place; rule: RegExp }>> = {
  service: { place: (name) => ({ services: { [name]: { image: 'x' } } }), rule: NAME },
  volume: { place: (name) => ({ volumes: { [name]: {} } }), rule: NAME },
  secret: { place: (name) => ({ secrets: { [name]: { external: true } } }), rule: NAME },
  config: { place: (name) => ({ configs: { [name]: { file: './x' } } }), rule: NAME },
  network: { place: (name) => ({ networks: { [name]: {} } }), rule: NAME },
  'environment key': { place: (name) => app({ environment: { [name]: 'x' } }), rule: ENV },
  'x-process environment key': {
    place: (name) => app({ 'x-process': { command: ['x'], environment: { [name]: 'x' } } }),
    rule: ENV,
  },
  'x-process port': { place: (name) => app({ 'x-process': { command: ['x'], ports: { [name]: 1 } } }), rule: NAME },
  'name of a secret on the engine': {
    place: (name) => ({ secrets: { x: { external: true, name: name.replaceAll('$', '') } } }),
    rule: ENGINE,
  },
  'name of a volume on the engine': {
    place: (name) => ({ volumes: { x: { name: name.replaceAll('$', '') } } }),
    rule: ENGINE,
  },
};

function app(body: object): object {
  return { services: { app: { image: 'x', ...body } } };
}

async function read(tree: object): Promise<CcError | undefined> {
  try {
    await composeOf(stringify({ services: { app: { image: 'x' } }, ...tree }));
    return undefined;
  } catch (error) {
    if (error instanceof CcError) return error;
    throw error;
  }
}

describe('names that come from a recipe', () => {
  afterEach(removeRecipes);

  for (const [sort, { place, rule }] of Object.entries(SORTS)) {
    it(`T82 a ${sort} that could lead elsewhere is refused where it is read`, async () => {
      await fc.assert(
        fc.asyncProperty(hostileName, async (name) => {
          fc.pre(name !== '__proto__');
          const error = await read(place(name));
          if (error === undefined) expect(name).to.match(rule);
          else expect(error.code).to.equal('InvalidInput');
        }),
        { numRuns: RUNS },
      );
    });
  }

  it('T82 the refusal names file and place, and shows the name without control characters', async () => {
    const error = await read({ secrets: { '../\u001b[2J\n/x': { external: true } } });
    expect(error?.message).to.match(/^compose\.yml:\d+:\d+: secrets\./);
    expect(error?.message).not.to.match(/[\u0000-\u001f]/);
    expect(error?.remedy).to.be.a('string');
  });

  for (const name of ['db_password', 'db-data', 'app', 'a.b', '_x', 'A9', 'x'.repeat(60)]) {
    it(`${name} is a name like others`, async () => {
      for (const sort of ['service', 'volume', 'secret', 'config', 'network'] as const) {
        expect(await read(SORTS[sort]?.place(name) ?? {}), sort).to.equal(undefined);
      }
    });
  }

  for (const name of ['Logging__LogLevel', 'spring.datasource.url', 'GF-X', 'a:b', '_']) {
    it(`${name} is a variable like others`, async () => {
      expect(await read(SORTS['environment key']?.place(name) ?? {})).to.equal(undefined);
    });
  }

  it('T82 a NUL in any value is refused: nothing can be given it', async () => {
    for (const tree of [app({ environment: { A: 'x\0y' } }), app({ image: 'x\0y' }), app({ labels: ['a=\0'] })]) {
      expect((await read(tree))?.code).to.equal('InvalidInput');
    }
  });
});
