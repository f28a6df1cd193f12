import { expect } from 'chai';
import fc from 'fast-check';
import { EnvFile } from '../../../lib/recipe/env-file.ts';

const BONFIRE_LIKE = `# General
TYPE=social
DOMAIN=social.example.com

## Domain aliases
#EXTRA_DOMAINS=', \`www.social.example.com\`'
LETS_ENCRYPT_ENV=production

COMPOSE_FILE="compose.yml"
COMPOSE_FILE="$COMPOSE_FILE:postgres/compose.postgres.yml"
# COMPOSE_FILE="$COMPOSE_FILE:compose.meili.yml"
COMPOSE_FILE="\${COMPOSE_FILE}:compose.mail.yml"   # mail

SECRET_SECRET_KEY_BASE_VERSION=v1 # length=128
SECRET_TOKEN_VERSION=v1     # length=64 charset=hex
#   SECRET_SMTP_VERSION=v2 # generate=false
MOUNTS=/ /var/lib/docker
CRON='*/5 * * * *'
`;

const keys = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/);
const values = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.string({
    unit: fc.constantFrom('$', '\\', '"', "'", '#', ' ', '\n', '\r', '\t', 'a', '{', '}', '='),
    maxLength: 12,
  }),
);
const lines = fc.constantFrom(
  'A=1',
  'A="$A:2"',
  "B='x' # c",
  '#C=3',
  '',
  'C',
  'D=',
  'D= # only a comment',
  'export E=5',
  'F="never closed',
  "G='a\nb'",
  'H=a#b # c',
  '  I = 7 ',
  'J="q\\"q" # "',
  "K=it's",
  'A="x"#c',
);
const texts = fc.oneof(
  fc.array(lines, { maxLength: 8 }).map((all) => all.join('\n')),
  fc.array(lines, { maxLength: 8 }).map((all) => all.join('\r\n')),
  fc.string({ unit: fc.constantFrom('A', '=', '"', "'", '\\', '\n', '#', ' ', '$', '{', '}'), maxLength: 40 }),
);

describe('env file', () => {
  it('gives back the exact text, with the final newline it may lack', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const complete = text === '' || text.endsWith('\n') ? text : `${text}\n`;
        expect(EnvFile.parse(text).toString()).to.equal(complete);
      }),
    );
  });

  it('reads back what was set, whatever the value and whatever is around it', () => {
    fc.assert(
      fc.property(texts, keys, values, (text, key, value) => {
        const file = EnvFile.parse(text).set(key, value);
        expect(file.get(key)).to.equal(value);
        expect(EnvFile.parse(file.toString()).get(key)).to.equal(value);
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves every other key alone when one is set', () => {
    fc.assert(
      fc.property(texts, values, (text, value) => {
        const before = EnvFile.parse(text).entries();
        const after = EnvFile.parse(EnvFile.parse(text).set('ZZ', value).toString()).entries();
        expect(after).to.deep.equal({ ...before, ZZ: value });
      }),
      { numRuns: 1000 },
    );
  });

  it('is idempotent in set and delete', () => {
    fc.assert(
      fc.property(texts, keys, values, (text, key, value) => {
        const once = EnvFile.parse(text).set(key, value).toString();
        expect(EnvFile.parse(once).set(key, value).toString()).to.equal(once);
        expect(EnvFile.parse(once).delete(key).delete(key).get(key)).to.equal(undefined);
      }),
    );
  });

  it('T01 does not glue a new key onto a last line without newline', () => {
    const file = EnvFile.parse('TYPE=notes\n# the end').set('DOMAIN', 'notes.example.org');
    expect(file.toString()).to.equal('TYPE=notes\n# the end\nDOMAIN=notes.example.org\n');
    expect(file.get('DOMAIN')).to.equal('notes.example.org');
  });

  it('T01 ends with a newline after a deletion of the last line and after any set', () => {
    expect(EnvFile.parse('A=1\nB=2').delete('B').toString()).to.equal('A=1\n');
    expect(EnvFile.parse('A=1').set('A', '2').toString()).to.equal('A=2\n');
  });

  it('keeps comments, order and duplicates, and changes the line that counts', () => {
    const file = EnvFile.parse(BONFIRE_LIKE).set('COMPOSE_FILE', 'compose.yml').set('DOMAIN', 'x.example.org');
    const changed = BONFIRE_LIKE.replace('"${COMPOSE_FILE}:compose.mail.yml"', 'compose.yml').replace(
      'DOMAIN=social.example.com',
      'DOMAIN=x.example.org',
    );
    expect(file.toString()).to.equal(changed);
    expect(file.get('COMPOSE_FILE')).to.equal('compose.yml');
  });

  it('fills in references to the lines before', () => {
    expect(EnvFile.parse(BONFIRE_LIKE).get('COMPOSE_FILE')).to.equal(
      'compose.yml:postgres/compose.postgres.yml:compose.mail.yml',
    );
    expect(EnvFile.parse('A="$B"\nB=1\n').get('A'), 'later lines do not count').to.equal('');
  });

  for (const [line, value, why] of [
    ['K=a b', 'a b', 'blanks need no quotes'],
    ['K=a#b', 'a#b', 'a comment needs a blank before it'],
    ['K=a # b', 'a', 'a comment'],
    ['K=#a', '#a', 'a hash at once'],
    ['K= # a', '', 'a comment and no value'],
    ["K='a # b' # c", 'a # b', 'a hash in quotes'],
    ["K=', `www.x`'", ', `www.x`', 'a comma and backticks'],
    ['K="a\\"b"', 'a"b', 'an escaped quote'],
    ['K="a\\nb"', 'a\nb', 'an escaped newline'],
    ['K="a\\\n  b"', 'a  b', 'a joined line'],
    ['K="a\nb"', 'a\nb', 'two lines'],
    ['K="\\$HOME"', '$HOME', 'an escaped dollar sign'],
    ["K='$A'", '$A', 'no references in single quotes'],
    ['K="open', '"open', 'a quote that nobody closes'],
    ["K=it's", "it's", 'a quote in the middle'],
    ['export K=1', '1', 'an export'],
    ['  K = 1', '1', 'blanks around'],
    ['K=1\r', '1', 'a carriage return'],
    ['K=a=b', 'a=b', 'an equals sign'],
  ] as const) {
    it(`reads ${JSON.stringify(line)}: ${why}`, () => expect(EnvFile.parse(`${line}\n`).get('K')).to.equal(value));
  }

  it('does not let an open quote swallow the entries after it', () => {
    const file = EnvFile.parse('A="open\nB="closed"\nC=3\n');
    expect(file.entries()).to.deep.equal({ A: '"open', B: 'closed', C: '3' });
  });

  it('takes nothing from comments and from the process', () => {
    expect(EnvFile.parse('#A=1\nB=$PATH\n').entries()).to.deep.equal({ B: '' });
  });

  for (const [key, expected] of [
    ['SECRET_SECRET_KEY_BASE_VERSION', { length: 128 }],
    ['SECRET_TOKEN_VERSION', { length: 64, charset: 'hex' }],
    ['SECRET_SMTP_VERSION', { generate: false }],
    ['DOMAIN', {}],
    ['NOT_THERE', {}],
  ] as const) {
    it(`reads the modifiers of ${key}`, () =>
      expect(EnvFile.parse(BONFIRE_LIKE).modifiers(key)).to.deep.equal(expected));
  }

  it('takes no modifiers from a value', () => {
    expect(EnvFile.parse("A='length=5 # length=6'\n").modifiers('A')).to.deep.equal({});
  });

  it('keeps the modifiers when the value changes', () => {
    const file = EnvFile.parse(BONFIRE_LIKE).set('SECRET_TOKEN_VERSION', 'v2');
    expect(file.modifiers('SECRET_TOKEN_VERSION')).to.deep.equal({ length: 64, charset: 'hex' });
    expect(file.get('SECRET_TOKEN_VERSION')).to.equal('v2');
  });

  it('refuses a key that cannot be one', () => {
    for (const key of ['', 'A B', 'A=B', '1A', 'A\nB']) {
      expect(() => EnvFile.parse('').set(key, '1'), key).to.throw(RangeError);
    }
  });

  it('survives keys of the object prototype', () => {
    const file = EnvFile.parse('__proto__=1\nconstructor=2\n');
    expect(file.get('__proto__')).to.equal('1');
    expect(file.get('toString')).to.equal(undefined);
  });
});
