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

type Networks = Record<string, { aliases?: string[] } | null>;
type Tops = Record<string, Record<string, unknown> | null>;

/** The network's name, as the docker CLI makes it. */
function realName(key: string, { external, name }: Record<string, unknown>): unknown {
  const old = typeof external === 'object' && external !== null ? (external as { name: string }).name : undefined;
  return name ?? old ?? (external === true || external === 'yes' ? key : `st_example_org_${key}`);
}

/** The names under which a service is heard on the shared network, as the docker CLI gives them. */
function heard(service: string, networks: Networks = {}, tops: Tops = {}): string[] {
  const used = Object.keys(networks).length > 0 ? networks : { default: null };
  const shared = Object.entries(used).filter(([key]) => realName(key, tops[key] ?? {}) === 'proxy');
  return shared.flatMap(([, more]) => [service, ...(more?.aliases ?? [])]);
}

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

  it('T104 no service is heard on the shared network under a name that is not for it, however it comes there', () => {
    const key = fc.constantFrom('default', 'proxy', 'n');
    const body = fc.constantFrom<Record<string, unknown> | null>(
      ...[null, {}, { external: true }, { external: true, name: 'proxy' }, { external: { name: 'proxy' } }],
      ...[
        { name: 'proxy' },
        { external: 'yes', name: 'proxy' },
        { internal: true },
        { external: false, name: 'proxy' },
      ],
    );
    const joined = fc.option(
      fc.dictionary(key, fc.constantFrom(null, {}, { aliases: ['db'] }, { aliases: ['keycloak'] })),
      { nil: undefined },
    );
    const name = fc.constantFrom('app', 'web', 'db', 'keycloak', 'App', 'st_example_org_db');
    fc.assert(
      fc.property(name, joined, fc.dictionary(key, body), (service, networks, tops) => {
        const names = heard(service, networks as Networks, tops);
        const found = unlisted({ services: { [service]: { image: 'x', networks } }, networks: tops });
        if (found.length === 0)
          for (const one of names) expect(['app', 'web', 'frontend', 'st_example_org_db']).to.include(one);
      }),
      { numRuns: 3_000 },
    );
  });

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
