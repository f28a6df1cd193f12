import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { CcError } from '../../../lib/errors.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';
import { type Charset, generateSecret, secretSpecs } from '../../../lib/recipe/secrets.ts';
import { composeOf, removeRecipes } from './recipe-files.ts';

const COMPOSE = `services:
  app: { image: x }
secrets:
  key_base: { external: true, name: "\${STACK_NAME}_key_base_\${SECRET_SECRET_KEY_BASE_VERSION:-v1}" }
  orchid_secret: { external: true, name: "\${STACK_NAME}_orchid_secret_\${SECRET_ORCID_SECRET_VERSION}" }
  smtp: { external: true, name: "\${STACK_NAME}_smtp_\${SECRET_SMTP_VERSION}" }
  plain: { external: true, name: "\${STACK_NAME}_plain_v1" }
  from-file: { file: cert.pem }
`;
const SAMPLE = EnvFile.parse(`SECRET_SECRET_KEY_BASE_VERSION=v1 # length=128
SECRET_ORCID_SECRET_VERSION=v2     # length=64 charset=hex
#SECRET_SMTP_VERSION=v1 # generate=false
SECRET_PLAIN_VERSION=v1 # length=12 charset=alnum
`);

describe('secrets', () => {
  afterEach(removeRecipes);

  it('are found by the variable in their name, else by the usual key', async () => {
    const specs = secretSpecs(await composeOf(COMPOSE, SAMPLE.entries()), SAMPLE);
    expect(specs).to.deep.equal([
      { name: 'key_base', versionedName: 'st_example_org_key_base_v1', length: 128, charset: 'Alnum', generate: true },
      {
        name: 'orchid_secret',
        versionedName: 'st_example_org_orchid_secret_v2',
        length: 64,
        charset: 'Hex',
        generate: true,
      },
      { name: 'smtp', versionedName: 'st_example_org_smtp_', length: 32, charset: 'Alnum', generate: false },
      { name: 'plain', versionedName: 'st_example_org_plain_v1', length: 12, charset: 'Alnum', generate: true },
      {
        name: 'from-file',
        versionedName: 'st_example_org_from-file',
        length: 32,
        charset: 'Alnum',
        generate: false,
        file: 'cert.pem',
      },
    ]);
  });

  for (const modifier of ['charset=klingon', 'charset=constructor', 'length=0', 'length=9999']) {
    it(`refuses ${modifier}`, async () => {
      const sample = EnvFile.parse(`SECRET_PLAIN_VERSION=v1 # ${modifier}\n`);
      const compose = await composeOf(COMPOSE);
      expect(() => secretSpecs(compose, sample))
        .to.throw(CcError)
        .with.property('code', 'InvalidInput');
    });
  }

  const charsets: Record<Charset, RegExp> = {
    Alnum: /^[A-Za-z0-9]*$/,
    Alpha: /^[A-Za-z]*$/,
    Lower: /^[a-z]*$/,
    Digits: /^\d*$/,
    Hex: /^[0-9a-f]*$/,
    Special: /^[A-Za-z0-9!@%^*_+=-]*$/,
  };

  it('have the length and charset that was asked for', () => {
    const names = fc.constantFrom(...(Object.keys(charsets) as Charset[]));
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 300 }), (charset, length) => {
        const value = generateSecret({ charset, length }, randomBytes);
        expect(value).to.have.lengthOf(length).and.match(charsets[charset]);
      }),
    );
  });

  it('use every character equally often: each usable byte value once gives each character equally often', () => {
    let given = false;
    const everyByte = (): Uint8Array => {
      const bytes = given ? new Uint8Array(256).fill(255) : Uint8Array.from({ length: 256 }, (_, index) => index);
      given = true;
      return bytes;
    };
    const value = generateSecret({ charset: 'Alnum', length: 248 }, everyByte);
    const counts = [...value].reduce((all, char) => all.set(char, (all.get(char) ?? 0) + 1), new Map<string, number>());
    expect(counts.size).to.equal(62);
    expect(new Set(counts.values())).to.deep.equal(new Set([4]));
  });
});
