import { expect } from 'chai';
import fc from 'fast-check';
import type { Compose } from '../../../../lib/recipe/compose.ts';
import { composeOf, removeRecipes } from '../recipe-files.ts';
import { file, PLACES } from './compose-schema.ts';
import { unlistedOfTree } from './untrusted-recipe.ts';

/** Values of any sort, those that look harmless among them. */
const anything = fc.oneof(
  fc.constantFrom(0, 1, false, true, '', 'host', 'x', '/', '0', -1, 1e9, '999999h', '..', 'sso', 'st.example.org'),
  fc.constantFrom<unknown>([], {}, ['x'], { x: 'y' }, [{}], { '/': '/:/host' }, { name: 'sso' }, [null], { a: null }),
  fc.jsonValue({ maxDepth: 2 }),
);
/** Sections hold things of people's own names. */
const SECTIONS = ['services', 'networks', 'volumes', 'secrets', 'configs'];
/** May hold any text: its own meaning ends with the container. */
const FREE = [
  'command',
  'entrypoint',
  'user',
  'working_dir',
  'restart',
  'tmpfs',
  'expose',
  'cap_drop',
  'depends_on',
  'test',
  'uid',
  'gid',
  'target',
  'source',
  'file',
];

describe('untrusted commits over the whole compose schema', () => {
  let plain: Compose;

  before(async () => {
    plain = await composeOf('services: {app: {image: x}}');
  });
  after(removeRecipes);

  const unlisted = (raw: Record<string, unknown>): string[] => unlistedOfTree(plain, raw);

  for (const [name, { keys, allowed, into }] of Object.entries(PLACES)) {
    const forbidden = keys.filter(
      (key) => !Object.hasOwn(allowed, key) && !(name === 'file' && SECTIONS.includes(key)),
    );

    it(`takes in ${name} what is listed: ${Object.keys(allowed).join(', ')}`, () => {
      for (const [key, values] of Object.entries(allowed)) {
        for (const value of values)
          expect(unlisted(into(key, value)), `${key}: ${JSON.stringify(value)}`).to.deep.equal([]);
      }
    });

    it(`T105 refuses in ${name} each of the ${forbidden.length} other keys of the schema, whatever its value`, () => {
      for (const key of forbidden) {
        fc.assert(
          fc.property(anything, (value) => {
            expect(unlisted(into(key, value)), key).not.to.deep.equal([]);
          }),
          { numRuns: 40 },
        );
      }
    });

    it(`T105 refuses in ${name} keys that no schema has yet`, () => {
      const unknown = fc.string({ minLength: 1 }).filter((key) => !keys.includes(key) && !key.startsWith('x-'));
      fc.assert(
        fc.property(unknown, anything, (key, value) => {
          expect(unlisted(into(key, value))).not.to.deep.equal([]);
        }),
      );
    });

    it(`T105 refuses in ${name} values of listed keys that were not thought of`, () => {
      const strict = Object.keys(allowed).filter((key) => !FREE.includes(key));
      if (strict.length === 0) return;
      fc.assert(
        fc.property(
          fc.constantFrom(...strict),
          fc.string({ minLength: 3, maxLength: 8, unit: fc.constantFrom('#', ' ', '{', ';') }),
          (key, text) => {
            expect(unlisted(into(key, text)), key).not.to.deep.equal([]);
          },
        ),
      );
    });
  }

  it('T105 a label passes only in one of four namespaces', () => {
    const word = fc.constantFrom(
      ...['traefik', 'http', 'tcp', 'routers', 'services', 'middlewares', 'rule', 'service', 'caddy', 'com', 'docker'],
      ...['stack', 'namespace', 'sso', 'st_example_org', 'backupbot', 'backup', 'coop-cloud', 'version', 'enable', 'x'],
    );
    const key = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join('.'));
    const value = fc.constantFrom('true', 'x', 'sso', 'Host(`sso.example.org`)', 'Host(`st.example.org`)', '80', '');
    const known =
      /^(traefik\.(enable$|docker\.|http\.(routers|services|middlewares)\.st_example_org\.)|backupbot\.backup(\.|$)|coop-cloud\.st_example_org\.)/;
    fc.assert(
      fc.property(key, value, (name, text) => {
        const found = unlisted(file({ image: 'x', deploy: { labels: { [name]: text } } }));
        if (found.length > 0) return;
        expect(name).to.match(known);
        if (!name.endsWith('version')) expect(text).not.to.include('sso');
      }),
      { numRuns: 5_000 },
    );
  });
});
