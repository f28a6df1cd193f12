import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { SourceCredential } from '../../../lib/api/index.ts';
import { Mirrors } from '../../../lib/app/mirrors.ts';
import { type CcError, explainError } from '../../../lib/errors.ts';
import { type CommandOptions, type CommandRunner, commandRunner } from '../../../lib/exec/command.ts';

import { GitServer } from './git-server.ts';
import { Repository } from './repository.ts';

const { signal } = new AbortController();
const PASSWORD = 'fi@rst:se/co%41nd#th?ird "q\' \\n$(id) `id` é';

/** Notes what children are started with. */
class SpyingRunner implements CommandRunner {
  readonly given: CommandOptions[] = [];

  async run(options: CommandOptions): ReturnType<CommandRunner['run']> {
    this.given.push(options);
    return await commandRunner.run(options);
  }

  get told(): string {
    return JSON.stringify(this.given.map(({ argv, env, input }) => ({ argv, env, input })));
  }
}

describe('T88 access to sources', () => {
  let root: string;
  let server: GitServer;
  let runner: SpyingRunner;
  let commit: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-access-'));
    const notes = await Repository.create(join(root, 'served', 'notes'));
    await notes.write('compose.yml', 'services: {}\n');
    commit = notes.commit();
    server = await GitServer.start(join(root, 'served'));
    runner = new SpyingRunner();
  });
  afterEach(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  });

  function mirrorsWith(sourceCredentials: readonly SourceCredential[]): Mirrors {
    const path = process.env.PATH ?? '';
    const stateDirectory = join(root, 'state');
    return new Mirrors({ stateDirectory, instanceId: 'i', runner, path, sourceCredentials });
  }

  async function passwordFile(text: string): Promise<string> {
    const path = join(root, 'password');
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  const url = (userInfo = '', host = server.host): string => `http://${userInfo}${host}/notes/.git`;
  const failure = (work: Promise<unknown>): Promise<CcError> =>
    work.then(
      () => expect.fail('it should have failed'),
      (error: CcError) => error,
    );

  async function expectUnseen(...parts: string[]): Promise<void> {
    const texts = [runner.told, ...(await filesBelow(join(root, 'state')))];
    for (const part of parts) for (const text of texts) expect(text).not.to.include(part);
  }

  for (const [what, ending] of [
    ['no newline', ''],
    ['a newline', '\n'],
    ['a newline of Windows', '\r\n'],
  ] as const) {
    it(`is had by the password of a file that ends with ${what}, which nobody else sees`, async () => {
      server.login = `bot:${PASSWORD}`;
      const entry = { host: `http://${server.host}`, user: 'bot', passwordFile: await passwordFile(PASSWORD + ending) };
      const mirror = mirrorsWith([entry]).of('notes', url());
      const seen = await seenWhile(() => mirror.fetch(signal));
      expect(seen).to.include('CCCI_SOURCE_USER');
      for (const part of ['fi@rst', 'co%41nd']) expect(seen).not.to.include(part);
      expect((await mirror.resolve('main', signal)).commit).to.equal(commit);
      await expectUnseen('fi@rst', 'co%41nd', Buffer.from(server.login).toString('base64'));
    });
  }

  it('is had by what a URL holds, which reaches neither argv nor environment nor disk', async () => {
    const mirrors = mirrorsWith([]);
    for (const [userInfo, password] of [
      ['bot:first@TAIL%2Fmore@', 'first@TAIL/more'],
      ['bot:first@TAIL@', 'first@TAIL'],
      ['bot:first/TAIL@', 'first/TAIL'],
    ] as const) {
      server.login = `bot:${password}`;
      const mirror = mirrors.of('notes', url(userInfo));
      expect(mirror).to.equal(mirrors.of('notes', url()), 'one mirror for both');
      await mirror.fetch(signal);
    }
    expect(mirrors.secretValues()).to.include('first@TAIL/more');
    await expectUnseen('TAIL', 'first');
  });

  it('reads the file anew at each fetch', async () => {
    const entry = { host: `http://${server.host}`, user: 'bot', passwordFile: await passwordFile('one-password') };
    const mirror = mirrorsWith([entry]).of('notes', url());
    server.login = 'bot:one-password';
    await mirror.fetch(signal);
    server.login = 'bot:another-password';
    await passwordFile('another-password\n');
    await mirror.fetch(signal);
  });

  it('a wrong or missing password is a fault of the configuration, and is not shown', async () => {
    server.login = 'bot:right';
    const entry = { host: `http://${server.host}`, user: 'bot', passwordFile: await passwordFile('wrong@password') };
    const wrong = await failure(mirrorsWith([entry]).of('notes', url()).fetch(signal));
    expect(wrong.code).to.equal('Misconfigured');
    expect(wrong.remedy).to.include('sourceCredentials');
    const inUrl = await failure(mirrorsWith([]).of('notes', url('bot:wrong@PASSWORD@')).fetch(signal));
    expect(inUrl.code).to.equal('Misconfigured');
    const none = await failure(mirrorsWith([]).of('notes', url()).fetch(signal));
    expect(none.code).to.equal('Misconfigured');
    expect(none.remedy).to.include('sourceCredentials');
    for (const error of [wrong, inUrl, none]) expect(explainError(error)).not.to.match(/wrong|PASSWORD/);
  });

  it('is for exactly one host, port and scheme', async () => {
    const file = await passwordFile('right-password');
    server.login = 'bot:right-password';
    for (const host of [server.host, `https://${server.host}`, 'http://127.0.0.1', `http://localhost:1`]) {
      const error = await failure(
        mirrorsWith([{ host, user: 'bot', passwordFile: file }])
          .of('notes', url())
          .fetch(signal),
      );
      expect(error.code, host).to.equal('Misconfigured');
    }
    expect(server.authorizations.every((one) => one === undefined)).to.equal(true);
  });

  it('does not go on to the host that a server redirects to', async () => {
    const other = await GitServer.start(join(root, 'served'));
    try {
      other.login = 'bot:right-password';
      server.redirectTo = `http://${other.host}`;
      const entry = { host: `http://${server.host}`, user: 'bot', passwordFile: await passwordFile('right-password') };
      const error = await failure(mirrorsWith([entry]).of('notes', url()).fetch(signal));
      expect(error.code).to.equal('Misconfigured');
      const inUrl = await failure(mirrorsWith([]).of('notes', url('bot:right-password@')).fetch(signal));
      expect(inUrl.code).to.equal('Misconfigured');
      expect(other.authorizations.length).to.be.greaterThan(0);
      expect(other.authorizations.every((one) => one === undefined)).to.equal(true);
    } finally {
      await other.close();
    }
  });

  for (const [what, text] of [
    ['is missing', undefined],
    ['is empty', '\n'],
    ['has two lines', 'one\ntwo\n'],
  ] as const) {
    it(`a password file that ${what} is said by name, before anybody is asked`, async () => {
      const path = text === undefined ? join(root, 'absent') : await passwordFile(text);
      const entry = { host: `http://${server.host}`, user: 'bot', passwordFile: path };
      const error = await failure(mirrorsWith([entry]).of('notes', url()).fetch(signal));
      expect([error.code, error.message.includes(path), error.remedy === undefined]).to.deep.equal([
        'Misconfigured',
        true,
        false,
      ]);
      expect(server.authorizations).to.deep.equal([]);
    });
  }
});

/** Arguments and environments of all processes of this machine, looked at again and again while something goes on. */
async function seenWhile(act: () => Promise<void>): Promise<string> {
  const texts = new Set<string>();
  let over = false;
  const acting = act().finally(() => {
    over = true;
  });
  while (!over) {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
    const paths = pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]);
    for (const text of await Promise.all(paths.map((path) => readFile(path, 'latin1').catch(() => ''))))
      texts.add(text);
  }
  await acting;
  return [...texts].join('\n');
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(files.map((path) => readFile(path, 'latin1')));
}
