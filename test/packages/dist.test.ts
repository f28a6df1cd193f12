import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildOnce } from '../e2e/harness.ts';
import { ROOT } from '../unit/docs/documents.ts';

/** An engine that belongs to no swarm, as far as it is asked. */
const ANSWERS: Readonly<Record<string, object>> = {
  version: { ApiVersion: '1.47', MinAPIVersion: '1.24', Version: '27.0.0' },
  info: { ID: 'engine', ServerVersion: '27.0.0', Swarm: { LocalNodeState: 'inactive', ControlAvailable: false } },
};

describe('dist/ with nothing beside it', function () {
  this.timeout(60_000);
  let directory: string;
  let server: Server;
  const asked: string[] = [];
  before(async () => {
    buildOnce();
    directory = mkdtempSync(join(tmpdir(), 'cc-ci-dist-'));
    cpSync(join(ROOT, 'dist'), join(directory, 'dist'), { recursive: true });
    mkdirSync(join(directory, 'specs'));
    server = createServer((request, response) => {
      const name = (request.url ?? '').replace(/\?.*/, '').split('/').at(-1) ?? '';
      asked.push(name);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(ANSWERS[name] ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(join(directory, 'engine.sock'), resolve));
  });
  after(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  });

  it('speaks with a Docker engine', async () => {
    const words = ['--platform', 'swarm', '--swarm-socket', join(directory, 'engine.sock')];
    const child = spawn(process.execPath, [join(directory, 'dist/cc-controller.js'), ...words], {
      cwd: directory,
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(asked).to.include.members(['version', 'info']);
    expect({ code, said }).to.deep.include({ code: 1 });
    expect(said)
      .to.match(/no swarm manager answers/)
      .and.not.match(/does not answer|Cannot find/);
  });
});
