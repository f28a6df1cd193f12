import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { readCompose } from '../../../lib/recipe/compose.ts';
import { explainRows, type LintOptions, type LintRow, lintFailed, lintRecipe } from '../../../lib/recipe/lint.ts';
import type { VersionListing } from '../../../lib/recipe/version.ts';
import { recipeDirectory, removeRecipes } from './recipe-files.ts';

const README = `# notes
<!-- metadata -->
* **Category**: Apps
* **Status**: 3
* **Image**: x
* **Healthcheck**: Yes
* **Backups**: Yes
* **Email**: No
* **Tests**: No
* **SSO**: No
<!-- endmetadata -->
`;
const COMPOSE = `version: "3.8"
services:
  app:
    image: example/notes:1.1.0
    environment: { GREETING: "hello" }
    configs: [entry]
    healthcheck: { test: ["CMD", "true"] }
    deploy:
      labels: ["traefik.enable=true", "traefik.http.routers.st.rule=Host(\`\${DOMAIN}\`)", "coop-cloud.\${STACK_NAME}.version=1.1.0+1.1.0"]
secrets:
  short_name: { external: true, name: "\${STACK_NAME}_short_name_v1" }
configs:
  entry: { name: "\${STACK_NAME}_entry_\${ENTRY_VERSION}", file: entry.sh }
`;
const TAGS: VersionListing = { versions: [], ignored: [] };

interface Recipe {
  compose?: string;
  sample?: string | undefined;
  tags?: VersionListing;
  readme?: string;
  abra?: string;
  ownTags?: string[];
  staleNames?: string[];
}

async function lint(recipe: Recipe): Promise<Map<string, LintRow>> {
  const { compose = COMPOSE, readme = README, abra = 'export ENTRY_VERSION=v1\n', tags = TAGS } = recipe;
  const directory = await recipeDirectory({ 'compose.yml': compose, 'README.md': readme, 'abra.sh': abra });
  const extra = { STACK_NAME: 'st', DOMAIN: 'notes.example.com' };
  const read = await readCompose({ directory, files: ['compose.yml'], env: {}, extra }).catch((error: unknown) => {
    if (error instanceof CcError) return error;
    throw error;
  });
  const { ownTags = ['1.1.0+1.1.0'], staleNames = [] } = recipe;
  const options: LintOptions = { directory, compose: read, domain: extra.DOMAIN, tags, ownTags, staleNames };
  const sample = 'sample' in recipe ? recipe.sample : 'TYPE=notes\nDOMAIN=notes.example.com\n';
  const rows = await lintRecipe(sample === undefined ? options : { ...options, sample });
  return new Map(rows.map((row) => [row.ref, row]));
}

function broken(rows: Map<string, LintRow>): string[] {
  return [...rows.values()].filter((row) => row.satisfied === false).map((row) => row.ref);
}

describe('lint', () => {
  afterEach(removeRecipes);

  it('is satisfied by a good recipe and skips what needs the network', async () => {
    const rows = await lint({});
    expect(broken(rows)).to.deep.equal([]);
    expect([...rows.values()].filter((row) => row.satisfied === 'Skipped').map((row) => row.ref)).to.deep.equal([
      'R006',
      'R013',
    ]);
    expect([...rows.keys()]).to.deep.equal([...rows.keys()].sort());
    expect(rows.size).to.equal(24);
    expect(lintFailed([...rows.values()])).to.equal(false);
  });

  it('names both, the tag and the label, and says what a misspelt key means', async () => {
    const tagged = (await lint({ ownTags: ['1.2.0+1.1.0'] })).get('C004');
    expect(tagged?.message).to.include('1.2.0+1.1.0').and.to.include('1.1.0+1.1.0');
    const misspelt = (await lint({ compose: COMPOSE.replace('image:', 'imaeg:') })).get('C001');
    expect(misspelt?.message).to.match(/compose\.yml:4:/);
    expect(misspelt?.remedy).to.include('image');
  });

  const cases: [name: string, recipe: Recipe, refs: string[], fails: boolean][] = [
    [
      'T07 a lightweight tag',
      { tags: { versions: [], ignored: [{ tag: '1.0.0+1', reason: 'Lightweight' }] } },
      ['R014'],
      true,
    ],
    [
      'an unparsable annotated tag',
      { tags: { versions: [], ignored: [{ tag: 'nightly', reason: 'Unparsable' }] } },
      [],
      false,
    ],
    ['T07 a boolean environment value', { compose: COMPOSE.replace('"hello"', 'true') }, ['C001'], true],
    ['T07 a number as environment value', { compose: COMPOSE.replace('"hello"', '5') }, ['C002'], true],
    ['T07 a date as environment value', { compose: COMPOSE.replace('"hello"', '2020-01-01') }, ['C002'], true],
    ['a default that is nested', { compose: COMPOSE.replace('"hello"', '"${X:-${Y}}"') }, ['C003'], false],
    [
      'T07 a service without image',
      { compose: COMPOSE.replace('image: example/notes:1.1.0', 'hostname: x') },
      ['R011'],
      true,
    ],
    ['no compose version', { compose: COMPOSE.replace('version: "3.8"\n', '') }, ['R001'], false],
    ['no healthcheck', { compose: COMPOSE.replace(/\n +healthcheck.*/, '') }, ['R002'], false],
    ['an image without tag', { compose: COMPOSE.replace('notes:1.1.0', 'notes') }, ['R003'], false],
    [
      'a registry port and no tag',
      { compose: COMPOSE.replace('example/notes:1.1.0', 'host:5000/notes') },
      ['R003'],
      false,
    ],
    ['a digest', { compose: COMPOSE.replace('notes:1.1.0', `notes@sha256:${'ab'.repeat(32)}`) }, [], false],
    ['the tag latest', { compose: COMPOSE.replace('notes:1.1.0', 'notes:latest') }, ['R004', 'R005'], false],
    ['a tag that is no version', { compose: COMPOSE.replace('notes:1.1.0', 'notes:blue') }, ['R005'], false],
    ['no metadata', { readme: '# notes' }, ['R007'], false],
    ['an incomplete metadata block', { readme: README.replace('* **SSO**: No\n', '') }, ['R007'], false],
    ['no .env.sample', { sample: undefined }, ['R008'], true],
    ['no service app', { compose: COMPOSE.replace('  app:', '  web:') }, ['R009'], true],
    ['no traefik label', { compose: COMPOSE.replace('"traefik.enable=true", ', '') }, ['R010'], true],
    [
      'no traefik label and no DOMAIN',
      { compose: COMPOSE.replace('"traefik.enable=true", ', ''), sample: '#DOMAIN=x\n' },
      [],
      false,
    ],
    ['routers for other hosts', { compose: COMPOSE.replace('`${DOMAIN}', '`1.${DOMAIN}') }, ['C006'], false],
    ['no router', { compose: COMPOSE.replace('routers.st.rule', 'services.st.x') }, ['C006'], false],
    ['a config version that abra.sh lacks', { abra: '# export ENTRY_VERSION=v1\n' }, ['R012'], true],
    ['another version in the tag than in the label', { ownTags: ['1.2.0+1.1.0'] }, ['C004'], true],
    ['a tag without the upstream part', { ownTags: ['v1.1.0'] }, [], false],
    ['one of two tags that fits', { ownTags: ['2.0.0+2.0.0', '1.1.0+1.1.0'] }, [], false],
    ['a commit without a tag', { ownTags: [] }, [], false],
    ['T41 a config that changed under its old name', { staleNames: ['configs.entry: …'] }, ['C005'], true],
    [
      'a misspelt key of a service, with its line and the right one',
      { compose: COMPOSE.replace('healthcheck:', 'healtcheck:') },
      ['C001'],
      true,
    ],
    ['a long secret name', { compose: COMPOSE.replaceAll('short_name', 'a_rather_long_name') }, ['R015'], false],
    ['no deploy labels', { compose: COMPOSE.replace(/\n {4}deploy:\n.*\n/, '\n'), sample: '' }, ['R016'], true],
    ['an unreadable compose file', { compose: 'services: [' }, ['C001'], true],
  ];
  for (const [name, recipe, refs, fails] of cases) {
    it(`${name}: ${refs.join(', ') || 'nothing'} ${fails ? 'fails' : 'does not fail'} it`, async () => {
      const rows = await lint(recipe);
      expect(broken(rows)).to.deep.equal(refs);
      expect(lintFailed([...rows.values()])).to.equal(fails);
      for (const ref of refs) {
        expect(rows.get(ref)?.message, ref).to.not.equal('');
        expect(rows.get(ref)?.remedy, ref).to.not.equal('');
        expect(rows.get(ref)?.message, 'says the remedy once').to.not.include(rows.get(ref)?.remedy);
      }
    });
  }

  it('is explained by the gravest finding first, with how many more there are, each with its remedy', async () => {
    const tags: VersionListing = { versions: [], ignored: [{ tag: '1.0.0+1', reason: 'Lightweight' }] };
    const text = explainRows([...(await lint({ compose: 'services: [', sample: undefined, tags })).values()]);
    const [first = ''] = text.split(/\. (?=\p{Lu})/u);
    expect(first).to.match(/^C001 .*and 2 more: R008, R014$/);
    expect(text).to.contain('1.0.0+1 is lightweight').and.contain('git tag -a').and.contain('.env.sample');
    const app = await lint({ compose: COMPOSE.replace('  app:', '  web:'), sample: undefined });
    expect(explainRows([...app.values()])).to.match(/^R009 /);
    expect(explainRows([...(await lint({})).values()])).to.equal('');
  });

  it('is explained in a bounded length, however many places a finding has', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `K${index}: ${index}`).join(', ');
    const text = explainRows([...(await lint({ compose: COMPOSE.replace('GREETING: "hello"', many) })).values()]);
    expect(text)
      .to.match(/^C002 /)
      .and.to.have.length.below(400);
  });

  it('names label, value and place of what is read from no label', async () => {
    const labels = `\n        "coop-cloud.\${STACK_NAME}.timeout=5m",\n        "backupbot.backup=maybe", "coop-cloud`;
    const rows = await lint({ compose: COMPOSE.replace('"coop-cloud', labels) });
    expect(broken(rows)).to.deep.equal(['C007', 'C008']);
    expect(rows.get('C007')?.message).to.match(/compose\.yml:10:\d+.*coop-cloud\.st\.timeout of app is "5m"/);
    expect(rows.get('C008')?.message).to.match(/compose\.yml:11:\d+.*backupbot\.backup of app is "maybe"/);
    expect(lintFailed([...rows.values()])).to.equal(false);
  });

  it('says what the backup labels ask for in vain', async () => {
    const rows = await lint({ compose: COMPOSE.replace('"coop-cloud', '"backupbot.backup.command=x", "coop-cloud') });
    expect(rows.get('C008')?.message).to.contain('backupbot.backup.command');
  });

  it('skips the rules about compose files it cannot read, and judges the rest', async () => {
    const rows = await lint({ compose: 'services: [', sample: undefined });
    expect(broken(rows)).to.deep.equal(['C001', 'R008']);
    expect(rows.get('R011')?.satisfied).to.equal('Skipped');
  });
});
