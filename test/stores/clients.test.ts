import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { canaryToken } from '../../lib/canary/canary.ts';
import { ClientStore, type ExecWithin } from '../../lib/canary/client-store.ts';
import { recogniseServer } from '../../lib/canary/recognise.ts';
import { commandRunner } from '../../lib/exec/command.ts';
import { onceUp } from './asking.ts';
import { PASSWORD, Server, type ServerKind } from './servers.ts';

const FIRST = canaryToken('1'.repeat(32));
const SECOND = canaryToken('2'.repeat(32));

for (const kind of ['postgres', 'mariadb', 'redis'] as const satisfies readonly ServerKind[]) {
  describe(`a canary in a real ${kind}`, function () {
    this.timeout(90_000);
    let server: Server;
    let asked: string[];

    /** Runs as in the process of the service on a host. */
    const execWith =
      (env: Record<string, string>): ExecWithin =>
      async (_service, argv, timeoutMs) => {
        asked.push(argv.join(' '));
        const [program = '', ...args] = argv;
        return await commandRunner.run({ argv: [program, ...args], cwd: server.root, env, timeoutMs });
      };
    const storeOf = (env: Record<string, string> = {}) =>
      new ClientStore({ kind, service: 'db', surroundings: 'Host', exec: execWith({ ...server.env, ...env }) });

    before(async () => {
      server = await Server.open(kind);
    });
    beforeEach(() => {
      asked = [];
    });
    after(() => server.dispose());

    it('waits for one that does not answer yet', async () => {
      expect((await storeOf().plant(FIRST)).state).to.equal('Silent');
      server.start();
      expect(await onceUp(() => storeOf().plant(FIRST))).to.deep.equal({ state: 'Found', why: '' });
    });

    it('is found by its token alone, and a later one takes its place', async () => {
      expect((await storeOf().look(SECOND)).state).to.equal('Absent');
      expect((await storeOf().plant(SECOND)).state).to.equal('Found');
      expect((await storeOf().look(FIRST)).state).to.equal('Absent');
      expect((await storeOf().look(SECOND)).state).to.equal('Found');
    });

    it('outlives a restart', async () => {
      await server.stop();
      server.start();
      expect((await onceUp(() => storeOf().look(SECOND))).state).to.equal('Found');
    });

    it('is removed as often as one likes', async () => {
      for (let times = 0; times < 2; times += 1) expect((await storeOf().remove()).state).to.equal('Absent');
      expect((await storeOf().look(SECOND)).state).to.equal('Absent');
    });

    it('is recognised by what answers at its own port', async () => {
      const exec = execWith(server.env);
      expect(await recogniseServer('db', 'Host', exec)).to.deep.equal({ kind });
      expect(await recogniseServer('db', 'Host', execWith({ ...server.env, PORT: '1' }))).to.equal('Unknown');
    });

    it('is refused with another password, and no password is in an argument or an answer', async () => {
      const wrong = join(server.root, 'wrong');
      execFileSync('/bin/sh', ['-c', `printf wr0ng-secret >"${wrong}"`]);
      const names = Object.keys(server.env).filter((name) => name.endsWith('_FILE'));
      const answer = await storeOf(Object.fromEntries(names.map((name) => [name, wrong]))).look(FIRST);
      expect(answer.state).to.equal('Refused');
      expect(answer.why).not.to.equal('');
      await storeOf().look(FIRST);
      for (const text of [...asked, answer.why]) {
        expect(text).not.to.include(PASSWORD);
        expect(text).not.to.include('wr0ng-secret');
      }
    });

    it('without a port of its own asks nobody else on the host', async () => {
      expect((await storeOf({ PORT: '', PGPORT: String(server.port) }).plant(FIRST)).state).to.equal('Refused');
    });
  });
}

describe('a canary in a Redis that is told to keep nothing', function () {
  this.timeout(60_000);

  it('is not planted: it is a cache', async () => {
    const server = await Server.open('redis');
    try {
      server.start({ SAVE: '' });
      const exec: ExecWithin = async (_service, [program = '', ...args], timeoutMs) =>
        await commandRunner.run({ argv: [program, ...args], cwd: server.root, env: server.env, timeoutMs });
      const store = new ClientStore({ kind: 'redis', service: 'cache', surroundings: 'Host', exec });
      expect((await onceUp(() => store.plant(FIRST))).state).to.equal('NotKept');
    } finally {
      await server.dispose();
    }
  });
});

describe('a canary in a file of SQLite', function () {
  this.timeout(60_000);
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cc-ci-store-'));
    execFileSync('sqlite3', [
      join(root, 'app.db'),
      'PRAGMA journal_mode=WAL; CREATE TABLE own (x); INSERT INTO own VALUES (1)',
    ]);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** A PATH with a shell's tools and that client alone. */
  const storeWith = (client: string, file = 'app.db'): ClientStore => {
    symlinkSync(client === 'node' ? process.execPath : `/usr/bin/${client}`, join(root, client));
    const exec: ExecWithin = async (_service, [program = '', ...args], timeoutMs) =>
      await commandRunner.run({ argv: [program, ...args], cwd: root, env: { PATH: root, HOME: root }, timeoutMs });
    return new ClientStore({ kind: 'sqlite', service: 'app', surroundings: 'Host', exec, file: join(root, file) });
  };

  for (const client of ['sqlite3', 'python3', 'node']) {
    it(`is planted, found and removed by ${client}`, async () => {
      const store = storeWith(client);
      expect(await store.look(FIRST)).to.include({ state: 'Absent' });
      expect(await store.plant(FIRST)).to.deep.equal({ state: 'Found', why: '' });
      expect(await store.plant(SECOND)).to.include({ state: 'Found' });
      expect(await store.look(FIRST)).to.include({ state: 'Absent' });
      expect(await store.remove()).to.include({ state: 'Absent' });
      expect(await store.look(SECOND)).to.include({ state: 'Absent' });
      expect(
        execFileSync('sqlite3', [join(root, 'app.db'), 'SELECT x FROM own'])
          .toString()
          .trim(),
      ).to.equal('1');
    });
  }

  it('is absent where the file is gone, and no new one is made', async () => {
    const store = storeWith('sqlite3', 'gone.db');
    expect(await store.look(FIRST)).to.include({ state: 'Absent' });
    expect(await store.plant(FIRST)).to.include({ state: 'Refused' });
  });

  it('is refused where the service has no client', async () => {
    expect(await storeWith('true').plant(FIRST)).to.include({ state: 'Refused' });
  });
});
