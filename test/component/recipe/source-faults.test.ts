import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Mirrors } from '../../../lib/app/mirrors.ts';
import { systemClock } from '../../../lib/clock.ts';
import { CcError, type ErrorCode, explainError } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { GitServer } from './git-server.ts';
import { Repository } from './repository.ts';

const { signal } = new AbortController();

/** What happened, by a real git against a real server: the source, its code, and what remedy or message must name. */
type Row = readonly [what: string, source: () => string | Promise<string>, code: ErrorCode, says: RegExp];

describe('T100 a source that cannot be fetched', () => {
  let root: string;
  let git: GitServer;
  let http: Server;
  let daemon: TcpServer;
  const sockets = new Set<Socket>();

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-faults-'));
    const args = ['--object-format=sha256'];
    const repository = await Repository.create(join(root, 'served', 'sha256'), args);
    repository.commit();
    repository.git('update-server-info');
    await mkdir(join(root, 'bin'));
    git = await GitServer.start(join(root, 'served'));
    http = createHttpServer(async (request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://x');
      const status = Number(/^\/(\d{3})\//.exec(pathname)?.[1]);
      if (status >= 300) return response.writeHead(status, { location: '/200/elsewhere' }).end();
      const file = join(root, 'served', pathname);
      const found = await stat(file).catch(() => undefined);
      return found?.isFile() ? response.end(await readFile(file)) : response.writeHead(404).end();
    });
    daemon = createTcpServer((socket) => {
      const said = 'ERR access denied or repository not exported: /x';
      sockets.add(socket);
      socket.on('error', () => {});
      socket.end(`${(said.length + 4).toString(16).padStart(4, '0')}${said}`);
    });
    for (const server of [http, daemon]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  after(async () => {
    http.closeAllConnections();
    for (const socket of sockets) socket.destroy();
    for (const server of [http, daemon]) await new Promise((done) => server.close(done));
    await git.close();
    await rm(root, { recursive: true, force: true });
  });

  const portOf = (server: Server | TcpServer): number => (server.address() as AddressInfo).port;
  const web = (path: string): string => `http://127.0.0.1:${portOf(http)}/${path}`;
  /** A client of SSH that says this and gives up. */
  const ssh = async (said: string): Promise<string> => {
    const text = `#!/bin/sh\nprintf '%s\\n' '${said}' >&2\nexit 255\n`;
    await writeFile(join(root, 'bin', 'ssh'), text, { mode: 0o755 });
    return 'ssh://git@127.0.0.1:1/x';
  };
  const fetch = async (source: string): Promise<unknown> => {
    const path = `${join(root, 'bin')}:${process.env.PATH ?? ''}`;
    const options = { instanceId: 'i', runner: commandRunner, clock: systemClock, path };
    const stateDirectory = await mkdtemp(join(root, 'state-'));
    const mirror = new Mirrors({ stateDirectory, ...options }).of('notes', source);
    return mirror.fetch(signal).catch((error: unknown) => error);
  };

  const ROWS: readonly Row[] = [
    ['SHA-256 on this disk', () => join(root, 'served', 'sha256'), 'Misconfigured', /SHA-256/],
    ['SHA-256 by a git server', () => `http://${git.host}/sha256/.git`, 'Misconfigured', /SHA-256/],
    ['SHA-256 by a server of files', () => web('sha256/.git'), 'Misconfigured', /SHA-256/],
    ['404 of a git server', () => `http://${git.host}/none/.git`, 'Misconfigured', /Correct the address/],
    ['401', () => web('401/x'), 'Misconfigured', /sourceCredentials/],
    ['403', () => web('403/x'), 'Misconfigured', /sourceCredentials/],
    ['404', () => web('404/x'), 'Misconfigured', /Correct the address/],
    ['410', () => web('410/x'), 'Misconfigured', /Correct the address/],
    ['a redirect to a login page', () => web('302/x'), 'Misconfigured', /Correct the address/],
    ['429', () => web('429/x'), 'Unreachable', /429/],
    ['500', () => web('500/x'), 'Unreachable', /500/],
    ['503', () => web('503/x'), 'Unreachable', /503/],
    ['a closed port', () => 'http://127.0.0.1:1/x', 'Unreachable', /127\.0\.0\.1:1/],
    [
      'git:// that exports nothing',
      () => `git://127.0.0.1:${portOf(daemon)}/x`,
      'Misconfigured',
      /Correct the address/,
    ],
    ['SSH with a wrong key', () => ssh('git@h: Permission denied (publickey).'), 'Misconfigured', /key for SSH/],
    ['SSH of a strange host', () => ssh('Host key verification failed.'), 'Misconfigured', /known_hosts/],
    ['SSH that is refused', () => ssh('ssh: connect to host h port 1: Connection refused'), 'Unreachable', /refused/],
    ['a path that is not there', () => join(root, 'none'), 'Misconfigured', /Correct the path/],
    ['a path too long to be one', () => `/${'x'.repeat(300)}`, 'Misconfigured', /correct the path/],
  ];
  for (const [what, source, code, says] of ROWS) {
    it(`${what}: ${code}`, async () => {
      const error = await fetch(await source());
      expect(error).to.be.instanceOf(CcError).with.property('code', code);
      expect((error as CcError).remedy).to.match(/^[A-Z].*\.$/);
      expect(explainError(error))
        .to.match(says)
        .and.not.match(/tried again|correct access rights/);
    });
  }
});
