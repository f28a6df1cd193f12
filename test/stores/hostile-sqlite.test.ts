import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { canaryToken } from '../../lib/canary/canary.ts';
import { ClientStore, type ExecWithin } from '../../lib/canary/client-store.ts';
import { commandRunner } from '../../lib/exec/command.ts';

const TOKEN = canaryToken('1'.repeat(32));

describe('a canary in a file of SQLite that is not as usual', function () {
  this.timeout(60_000);
  let root: string;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cc-ci-store-'));
    sql('CREATE TABLE own (x); INSERT INTO own VALUES (1)');
  });
  afterEach(() => {
    child?.kill('SIGKILL');
    child = undefined;
    rmSync(root, { recursive: true, force: true });
  });

  const sql = (text: string): string =>
    execFileSync('sqlite3', [join(root, 'app.db'), text], { encoding: 'utf8' }).trim();

  /** Where those clients alone are on the PATH; text in the place of a program is a script. */
  const storeWith = (clients: Record<string, string>): ClientStore => {
    for (const [name, program] of Object.entries(clients)) {
      if (program.startsWith('/')) symlinkSync(program, join(root, name));
      else writeFileSync(join(root, name), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
    }
    const exec: ExecWithin = async (_service, [program = '', ...args], timeoutMs) =>
      await commandRunner.run({ argv: [program, ...args], cwd: root, env: { PATH: root, HOME: root }, timeoutMs });
    return new ClientStore({ kind: 'sqlite', service: 'app', surroundings: 'Host', exec, file: join(root, 'app.db') });
  };

  it('goes in by the next client where the first does not know SQLite', async () => {
    const missing = 'echo "ModuleNotFoundError: No module named sqlite3" >&2; exit 1';
    const store = storeWith({ python3: missing, node: process.execPath });
    expect((await store.plant(TOKEN)).state).to.equal('Found');
  });

  it('is refused where no client knows SQLite, and the file is left as it was', async () => {
    const before = readFileSync(join(root, 'app.db'));
    expect((await storeWith({ python3: 'exit 1', node: 'exit 1' }).plant(TOKEN)).state).to.equal('Refused');
    expect(readFileSync(join(root, 'app.db')).equals(before)).to.equal(true);
  });

  it('waits for an app that keeps the file to itself', async () => {
    const holds = 'import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.execute("BEGIN EXCLUSIVE")';
    child = spawn('python3', ['-c', `${holds}\nprint("held", flush=True)\nsys.stdin.read()`, join(root, 'app.db')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (child.stdout) await once(child.stdout, 'data');
    const store = storeWith({ sqlite3: '/usr/bin/sqlite3' });
    expect((await store.plant(TOKEN)).state).to.equal('Silent');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await store.plant(TOKEN)).state).to.equal('Found');
  });

  it('takes the place of a table of that name in another form, as a killed run may leave one', async () => {
    sql('CREATE TABLE cc_ci_canary (a, b)');
    const store = storeWith({ sqlite3: '/usr/bin/sqlite3' });
    expect((await store.plant(TOKEN)).state).to.equal('Found');
    expect((await store.remove()).state).to.equal('Absent');
    expect(sql('SELECT name FROM sqlite_master')).to.equal('own');
  });

  it('is refused by a view of that name, and nothing else is changed', async () => {
    sql('CREATE VIEW cc_ci_canary AS SELECT x AS token FROM own');
    expect((await storeWith({ sqlite3: '/usr/bin/sqlite3' }).plant(TOKEN)).state).to.equal('Refused');
    expect(sql('SELECT x FROM own')).to.equal('1');
  });

  it('is refused by what only begins like a database', async () => {
    writeFileSync(join(root, 'app.db'), `SQLite format 3\0${'\xff\xfe'.repeat(2_000)}`, 'latin1');
    const { state, why } = await storeWith({ sqlite3: '/usr/bin/sqlite3' }).plant(TOKEN);
    expect(state).to.equal('Refused');
    expect(why).to.equal(why.toWellFormed());
  });
});
