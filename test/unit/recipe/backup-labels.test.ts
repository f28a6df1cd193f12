import { expect } from 'chai';
import { type BackupPlan, backupPlan } from '../../../lib/recipe/backup-labels.ts';
import { composeOf, removeRecipes } from './recipe-files.ts';

interface Described {
  labels?: Record<string, string>;
  volumes?: string[];
  image?: string;
  containerLabels?: Record<string, string>;
}

/** The plan of services given as labels and mounts; every named volume is defined. */
async function planOf(services: Record<string, Described>): Promise<BackupPlan> {
  const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes);
  const names = mounts.map((mount) => mount.split(':')[0] ?? '').filter((name) => !name.startsWith('/'));
  const entries = Object.entries(services).map(
    ([name, { labels = {}, volumes = [], image = 'x/y:1', containerLabels = {} }]) => [
      name,
      { image, volumes, deploy: { labels }, labels: containerLabels },
    ],
  );
  const tree = {
    services: Object.fromEntries(entries),
    volumes: Object.fromEntries(names.map((name) => [name, null])),
  };
  return backupPlan(await composeOf(JSON.stringify(tree)));
}

const ON = { 'backupbot.backup': 'true' };

describe('backup labels', () => {
  afterEach(removeRecipes);

  it('without labels give a plan that is off', async () => {
    expect(await planOf({ app: { volumes: ['data:/data'] } })).to.deep.equal({
      enabled: false,
      services: [],
      volumes: [],
      excluded: [],
      warnings: [],
    });
  });

  for (const [value, enabled] of [
    ['true', true],
    ['True', true],
    ['1', true],
    ['false', false],
    ['', false],
    ['0', false],
  ] as const) {
    it(`with backupbot.backup="${value}" are ${enabled ? 'on' : 'off'}`, async () => {
      const plan = await planOf({ app: { labels: { 'backupbot.backup': value }, volumes: ['data:/data'] } });
      expect([plan.enabled, plan.volumes.length]).to.deep.equal([enabled, enabled ? 1 : 0]);
    });
  }

  it('save every named volume of the stack, and neither bind mounts nor anonymous ones', async () => {
    const plan = await planOf({
      app: { labels: ON, volumes: ['data:/data', '/etc:/host', '/anonymous'] },
      worker: { volumes: ['data:/data', 'queue:/q'] },
    });
    expect(plan.volumes).to.deep.equal([
      { volume: 'data', service: 'app', paths: 'All' },
      { volume: 'queue', service: 'worker', paths: 'All' },
    ]);
  });

  it('of draft 2 choose volumes and paths, with hyphens and dots in the names', async () => {
    const plan = await planOf({
      app: {
        labels: { ...ON, 'backupbot.backup.volumes.up-load.data.path': 'b, a/../c/,' },
        volumes: ['up-load.data:/u'],
      },
      search: { labels: { 'backupbot.backup.volumes.search-data': 'false' }, volumes: ['search-data:/s'] },
    });
    expect(plan.volumes).to.deep.equal([{ volume: 'up-load.data', service: 'app', paths: ['b', 'c'] }]);
    expect(plan.excluded).to.deep.equal(['search-data']);
    expect(plan.warnings).to.deep.equal([]);
  });

  it('of a database with a dump save the dump and run its hooks', async () => {
    const plan = await planOf({
      app: { labels: ON },
      db: {
        image: 'postgres:16',
        labels: {
          ...ON,
          'backupbot.backup.pre-hook': '/pg_backup.sh "backup"',
          'backupbot.backup.post-hook': 'rm -f /x',
          'backupbot.backup.volumes.db-data.path': 'backup.sql',
          'backupbot.restore.pre-hook': '',
          'backupbot.restore.post-hook': '/pg_backup.sh restore',
        },
        volumes: ['db-data:/var/lib/postgresql/data'],
      },
    });
    expect(plan.services).to.deep.equal([
      {
        service: 'db',
        preHook: '/pg_backup.sh "backup"',
        postHook: 'rm -f /x',
        restorePostHook: '/pg_backup.sh restore',
      },
    ]);
    expect(plan.volumes).to.deep.equal([{ volume: 'db-data', service: 'db', paths: ['backup.sql'] }]);
    expect(plan.warnings, 'only that two services are labelled').to.have.lengthOf(1);
  });

  for (const [name, path, volumes, expected] of [
    ['the whole mount', '/data', ['data:/data'], [['data', 'All']]],
    ['a trailing slash', '/data/', ['data:/data'], [['data', 'All']]],
    ['a part of a mount', '/data/a/b', ['data:/data'], [['data', ['a/b']]]],
    ['a directory above the mounts', '/var', ['data:/var/data', 'other:/srv'], [['data', 'All']]],
    ['the deepest mount', '/data/sub/x', ['data:/data', 'sub:/data/sub'], [['sub', ['x']]]],
    ['a name that only begins alike', '/data2', ['data:/data'], []],
    [
      'several',
      '/a,/b/c',
      ['a:/a', 'b:/b', 'c:/c'],
      [
        ['a', 'All'],
        ['b', ['c']],
      ],
    ],
    ['a dot path', '/data/../data/x', ['data:/data'], [['data', ['x']]]],
  ] as const) {
    it(`of draft 1 map ${name} to volumes`, async () => {
      const labels = { ...ON, 'backupbot.backup.path': path };
      const plan = await planOf({ app: { labels, volumes: [...volumes] } });
      expect(plan.volumes.map(({ volume, paths }) => [volume, paths])).to.deep.equal(expected);
      expect(plan.warnings.length > 0).to.equal(expected.length === 0);
    });
  }

  it('of both drafts in one stack restrict only the service of draft 1', async () => {
    const plan = await planOf({
      app: { labels: ON },
      db: { labels: ON, volumes: ['db:/db'] },
      minio: { labels: { ...ON, 'backupbot.backup.path': '/data/bucket' }, volumes: ['blobs:/data'] },
    });
    expect(plan.volumes).to.deep.equal([
      { volume: 'db', service: 'db', paths: 'All' },
      { volume: 'blobs', service: 'minio', paths: ['bucket'] },
    ]);
  });

  it('of draft 2 with a leading slash and the mount prefix still mean the volume, with a warning', async () => {
    const prefixed = await planOf({
      app: { labels: { ...ON, 'backupbot.backup.volumes.dump.path': '/dumps/latest' }, volumes: ['dump:/dumps'] },
    });
    expect(prefixed.volumes[0]?.paths).to.deep.equal(['latest']);
    expect(prefixed.warnings).to.have.lengthOf(1);
    const slash = await planOf({
      app: { labels: { ...ON, 'backupbot.backup.volumes.dump.path': '/latest' }, volumes: ['dump:/dumps'] },
    });
    expect(slash.volumes[0]?.paths).to.deep.equal(['latest']);
  });

  for (const path of ['..', '../other', 'a/../../b']) {
    it(`never leave the volume: ${path}`, async () => {
      const plan = await planOf({
        app: { labels: { ...ON, 'backupbot.backup.volumes.data.path': path }, volumes: ['data:/d'] },
      });
      expect(plan.volumes).to.deep.equal([]);
      expect(plan.excluded).to.deep.equal(['data']);
      expect(plan.warnings.join()).to.include(path);
    });
  }

  it('that say false on a service leave out what only it mounts, and its hooks', async () => {
    const plan = await planOf({
      app: { labels: ON, volumes: ['shared:/s'] },
      cache: {
        labels: { 'backupbot.backup': 'false', 'backupbot.backup.pre-hook': 'x' },
        volumes: ['shared:/s', 'cache:/c'],
      },
    });
    expect(plan.volumes.map(({ volume }) => volume)).to.deep.equal(['shared']);
    expect(plan.excluded).to.deep.equal(['cache']);
    expect(plan.services).to.deep.equal([]);
  });

  for (const [name, services, word] of [
    ['an unknown key', { app: { labels: { ...ON, 'backupbot.backup.command': 'x' } } }, 'backupbot.backup.command'],
    ['labels outside deploy', { app: { containerLabels: ON } }, 'outside deploy'],
    [
      'a database without a hook',
      { app: { labels: ON }, db: { image: 'host:5000/mariadb:11', volumes: ['d:/d'] } },
      'db',
    ],
    [
      'a dump that is never read back',
      { app: { labels: { ...ON, 'backupbot.backup.pre-hook': 'dump' } } },
      'restore hook',
    ],
    [
      'all volumes left out',
      { app: { labels: { ...ON, 'backupbot.backup.volumes.d': 'false' }, volumes: ['d:/d'] } },
      'every volume',
    ],
    ['an unknown volume', { app: { labels: { ...ON, 'backupbot.backup.volumes.nope': 'false' } } }, 'nope'],
    ['several services', { app: { labels: ON }, web: { labels: ON } }, 'several'],
  ] as const) {
    it(`warn of ${name}`, async () => {
      const { warnings } = await planOf(services as unknown as Record<string, Described>);
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]).to.include(word);
    });
  }
});
