import { expect } from 'chai';
import fc from 'fast-check';
import type { Compose } from '../../../../lib/recipe/compose.ts';
import { composeOf, removeRecipes } from '../recipe-files.ts';
import { file } from './compose-schema.ts';
import { ALLOWED, FIELDS, OWN } from './traefik-grammar.ts';
import { unlistedOfTree } from './untrusted-recipe.ts';

interface Label {
  sort: string;
  name: string;
  field: string;
  value: string;
}

const label: fc.Arbitrary<Label> = fc.constantFrom(...Object.keys(FIELDS)).chain((sort) =>
  fc.record({
    sort: fc.constant(sort),
    name: fc.constantFrom(
      OWN,
      `${OWN}-a`,
      `${OWN}_b`,
      'sso',
      `${OWN}x`,
      `x${OWN}`,
      OWN.toUpperCase(),
      `${OWN}@file`,
      '"st_example_org"',
    ),
    field: fc.constantFrom(...(FIELDS[sort] ?? [])),
    value: fc.oneof(
      fc.constantFrom(...Object.values(ALLOWED).flatMap((fields) => Object.values(fields).flat())),
      fc.constantFrom(
        'sso',
        'sso@docker',
        'api@internal',
        `${OWN}@file`,
        'HostSNI(`*`)',
        'Host(`sso.example.org`)',
        '{{.Request}}',
      ),
    ),
  }),
);
/** Traefik reads keys whatever their case, but for names. */
const shape = fc.constantFrom(
  (text: string) => text,
  (text: string) => text.toUpperCase(),
  (text: string) => text.replace(/(^|\.)[a-z]/g, (start) => start.toUpperCase()),
);
/** What no label that passes may say: things of others, of the host, and templates. */
const FOREIGN = /sso|@file|@internal|HostSNI|\{\{/;
/** Fields whose text means nothing but for requests on the own route, or names an entry of the ingress. */
const TEXTS =
  /regex|prefix|path|realm|headerfield|sourcerange|query|status|cookie\.name|entrypoints|certresolver|^headers\./;

describe('labels of the ingress, over the whole grammar', () => {
  let plain: Compose;

  before(async () => {
    plain = await composeOf('services: {app: {image: x}}');
  });
  after(removeRecipes);

  const unlisted = (key: string, value: string, where: 'deploy' | 'container' = 'deploy'): string[] => {
    const labels = { [key]: value };
    return unlistedOfTree(plain, file({ image: 'x', ...(where === 'deploy' ? { deploy: { labels } } : { labels }) }));
  };

  for (const [sort, fields] of Object.entries(ALLOWED)) {
    it(`takes of ${sort}, in any case, ${Object.keys(fields).join(', ')}`, () => {
      for (const [field, values] of Object.entries(fields)) {
        for (const value of values) {
          expect(unlisted(`traefik.${sort}.${OWN}.${field}`, value), `${field}=${value}`).to.deep.equal([]);
          const loud = `TRAEFIK.${sort.toUpperCase()}.${OWN}-x.${field.toUpperCase()}`;
          expect(unlisted(loud, value), `${loud}=${value}`).to.deep.equal([]);
        }
      }
    });
  }

  it('T104 whatever passes has a listed field, an own name, and speaks of nothing that others own', () => {
    let passed = 0;
    fc.assert(
      fc.property(
        label,
        shape,
        fc.constantFrom('deploy' as const, 'container' as const),
        ({ sort, name, field, value }, shaped, where) => {
          if (unlisted(`${shaped('traefik')}.${shaped(sort)}.${name}.${shaped(field)}`, value, where).length > 0)
            return;
          passed += 1;
          expect(name).to.match(/^st_example_org([-_]|$)/);
          expect(Object.keys(ALLOWED[sort] ?? {})).to.include(field);
          if (!TEXTS.test(field)) expect(value).not.to.match(FOREIGN);
        },
      ),
      { numRuns: 20_000 },
    );
    expect(passed).to.be.greaterThan(200);
  });

  it('T105 every field that is not listed is refused, whatever its value, under an own name too', () => {
    for (const [sort, fields] of Object.entries(FIELDS)) {
      const unknown = fields.filter((field) => !Object.hasOwn(ALLOWED[sort] ?? {}, field));
      for (const field of unknown) {
        for (const value of ['', 'true', '1', OWN, 'st.example.org', '80', 'Host(`st.example.org`)']) {
          expect(unlisted(`traefik.${sort}.${OWN}.${field}`, value), `${sort} ${field}`).to.have.length(1);
        }
      }
    }
  });
});
