import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { storeName } from '../../../lib/canary/canary.ts';
import { findStores } from '../../../lib/canary/find-stores.ts';
import { backupPlan } from '../../../lib/recipe/backup-labels.ts';
import { composeOf, removeRecipes } from '../recipe/recipe-files.ts';

const ON = { 'backupbot.backup': 'true' };
const MAGIC = `SQLite format 3\0${'\0'.repeat(100)}`;

interface Described {
  image: string;
  volumes?: string[];
  labels?: Record<string, string>;
  replicas?: number;
}

describe('the stores of an app', () => {
  let root: string;
  let probed: string[];
  /** Server processes by service. */
  let running: Map<string, string>;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cc-ci-stores-'));
    probed = [];
    running = new Map();
  });
  afterEach(async () => {
    rmSync(root, { recursive: true, force: true });
    await removeRecipes();
  });

  /** `kind:service` of each, `+` where it is backed up, then what proves nothing. */
  async function found(services: Record<string, Described>): Promise<string[]> {
    const names = [...new Set(Object.values(services).flatMap(({ volumes = [] }) => volumes))];
    const volumes = names.map((mount) => mount.split(':')[0] ?? '');
    for (const name of volumes) mkdirSync(join(root, name), { recursive: true });
    const entries = Object.entries(services).map(
      ([name, { image, volumes: mounts = [], labels = {}, replicas = 1 }]) => [
        name,
        { image, volumes: mounts, deploy: { labels, replicas } },
      ],
    );
    const tree = {
      services: Object.fromEntries(entries),
      volumes: Object.fromEntries(volumes.map((name) => [name, null])),
    };
    const compose = await composeOf(JSON.stringify(tree));
    const { stores, unproven } = await findStores({
      compose,
      plan: backupPlan(compose),
      volumes: volumes.map((name) => ({ name, path: join(root, name) })),
      surroundings: 'Container',
      exec: async (service) => {
        probed.push(service);
        const server = running.get(service);
        const stdout = server === undefined ? '' : `cc_ci_server=${server}\n`;
        return { exitCode: 0, stdout, stderr: '', outcome: 'Exited' };
      },
      signal: new AbortController().signal,
    });
    const mark = (backedUp: boolean): string => (backedUp ? '+' : '');
    return [
      ...stores.map((one) => `${storeName(one)}${one.path ? `/${one.path}` : ''}${mark(one.backedUp)}`),
      ...unproven.map((one) => `${one.store}${mark(one.backedUp)} ${one.reason}`),
    ].sort();
  }

  it('are a database and the files of its app, each in its own volume', async () => {
    const services = {
      app: { image: 'x/y:1', volumes: ['uploads:/uploads'], labels: ON },
      db: { image: 'postgres:15', volumes: ['db:/var/lib/postgresql/data'] },
    };
    expect(await found(services)).to.deep.equal(['files:app/.+', 'postgres:db+']);
    expect(probed).to.deep.equal(['app']);
  });

  it('without backup labels are databases only, for the upgrade', async () => {
    const services = {
      app: { image: 'x/y:1', volumes: ['uploads:/uploads'] },
      db: { image: 'mariadb:10', volumes: ['db:/var/lib/mysql'] },
      cache: { image: 'redis:7', volumes: ['cache:/data'] },
    };
    expect(await found(services)).to.deep.equal(['mariadb:db']);
  });

  it('count as backed up where a hook of theirs makes the dump elsewhere', async () => {
    const labels = { ...ON, 'backupbot.backup.pre-hook': 'dump', 'backupbot.backup.path': '/dumps' };
    const volumes = ['db:/var/lib/postgresql/data', 'dumps:/dumps'];
    expect(await found({ db: { image: 'postgres:15', volumes, labels } })).to.deep.equal(['postgres:db+']);
  });

  it('of which only a file is saved have to outlive an upgrade as a whole', async () => {
    const labels = { ...ON, 'backupbot.backup.volumes.data.path': 'dump.json' };
    const services = { app: { image: 'x/y:1', volumes: ['data:/data'], labels } };
    expect(await found(services)).to.deep.equal(['files:app/.', 'files:app/dump.json+']);
  });

  it('to which nothing here speaks are named, and get no file', async () => {
    const services = { db: { image: 'mongo:6', volumes: ['db:/data/db'], labels: ON } };
    expect(await found(services)).to.deep.equal(['mongo:db+ StoreNotRecognised']);
  });

  it('are asked first where only the name of an image says database, and named where nothing answers', async () => {
    const services = {
      own: { image: 'example/own-db:1', volumes: ['own:/own'], labels: ON },
      pg: { image: 'example/pg-database:1', volumes: ['pg:/pg'] },
    };
    running.set('pg', 'postgres');
    expect(await found(services)).to.deep.equal(['own-db:own+ StoreNotRecognised', 'postgres:pg+']);
    expect(probed).to.deep.equal(['own', 'pg']);
  });

  it('are the files of an app whose name ends like that of a database', async () => {
    for (const enable of ['true', 'True', '1']) {
      const app = { image: 'nocodb/nocodb:1', volumes: ['data:/data'], labels: { ...ON, 'traefik.enable': enable } };
      expect(await found({ app }), enable).to.deep.equal(['files:app/.+']);
    }
  });

  it('are no indexes and caches that no label names, as a Redis is not', async () => {
    const services = { search: { image: 'elasticsearch:8', volumes: ['index:/data'] } };
    expect(await found(services)).to.deep.equal([]);
    const saved = { search: { ...services.search, labels: ON } };
    expect(await found(saved)).to.deep.equal(['elasticsearch:search+ StoreNotRecognised']);
  });

  it('are not what has no volume or does not run', async () => {
    const services = {
      db: { image: 'postgres:15' },
      off: { image: 'postgres:15', volumes: ['off:/x'], replicas: 0 },
    };
    expect(await found(services)).to.deep.equal([]);
    expect(probed).to.deep.equal([]);
  });

  it('T80 are files of SQLite by their first bytes, never behind a link', async () => {
    mkdirSync(join(root, 'data/deep/er'), { recursive: true });
    writeFileSync(join(root, 'outside.db'), MAGIC);
    writeFileSync(join(root, 'data/app.sqlite3'), MAGIC);
    writeFileSync(join(root, 'data/deep/er/x.bin'), MAGIC);
    writeFileSync(join(root, 'data/no.db'), 'no database');
    writeFileSync(join(root, 'data/empty.db'), '');
    symlinkSync(join(root, 'outside.db'), join(root, 'data/link.db'));
    symlinkSync(root, join(root, 'data/linked'));
    expect(await found({ app: { image: 'x/y:1', volumes: ['data:/data'], labels: ON } })).to.deep.equal([
      'files:app/.+',
      'sqlite:app/app.sqlite3+',
      'sqlite:app/deep/er/x.bin+',
    ]);
  });

  it('of SQLite are those in the paths that are saved, unless a hook saves others elsewhere', async () => {
    mkdirSync(join(root, 'data/kept'), { recursive: true });
    for (const file of ['kept/app.db', 'thumbs.db', 'keptother.db']) writeFileSync(join(root, 'data', file), MAGIC);
    const labels = { ...ON, 'backupbot.backup.volumes.data.path': 'kept' };
    const app = { image: 'x/y:1', volumes: ['data:/data'], labels };
    expect(await found({ app })).to.deep.equal(['files:app/.', 'files:app/kept+', 'sqlite:app/kept/app.db+']);
    const hooked = { ...app, labels: { ...labels, 'backupbot.backup.pre-hook': 'dump' } };
    const all = await found({ app: hooked });
    expect(all.filter((one) => one.startsWith('sqlite') && one.endsWith('+'))).to.have.lengthOf(3);
  });

  it('of SQLite are found in bounded time, however many files lie there', async () => {
    mkdirSync(join(root, 'data/1/2/3/4/5'), { recursive: true });
    for (let index = 0; index < 20; index += 1) writeFileSync(join(root, `data/${index}.db`), MAGIC);
    writeFileSync(join(root, 'data/1/2/3/4/5/deep.db'), MAGIC);
    const all = await found({ app: { image: 'x/y:1', volumes: ['data:/data'], labels: ON } });
    expect(all.filter((one) => one.startsWith('sqlite'))).to.have.lengthOf(8);
  });
});
