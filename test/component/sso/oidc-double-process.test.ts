import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import type { SsoClaim, SsoSite } from '../../../lib/sso/provider.ts';
import { until } from '../../contract/platform/platform-contract.ts';
import { DoubleProvider } from '../../doubles/oidc/double-provider.ts';

const MAIN = new URL('../../doubles/oidc/main.ts', import.meta.url).pathname;
const claim: SsoClaim = { realm: 'notes-0a1b2c', run: 'uid', attempt: 1, appUrl: 'https://notes.example.org' };
const never = new AbortController().signal;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('the OpenID Connect double as a process', () => {
  let data: string;
  let site: SsoSite;
  let port: number;
  let child: ChildProcess | undefined;
  const provider = new DoubleProvider({ instance: 'one', callMs: 5_000 });

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'cc-ci-oidc-'));
    await writeFile(join(data, 'password'), 'password-of-the-admin\n');
    port = await freePort();
    site = { url: `http://127.0.0.1:${port}`, adminUser: 'admin', adminPasswordFile: join(data, 'password') };
  });
  afterEach(async () => {
    await stop();
    await rm(data, { recursive: true });
  });

  async function start(): Promise<void> {
    const env = { PATH: process.env.PATH, PORT: String(port), ADMIN_PASSWORD_FILE: join(data, 'password'), DATA: data };
    child = spawn('node', [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith('listening')) return;
    throw new Error('ended');
  }

  async function stop(): Promise<number | null> {
    if (child === undefined) return null;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    child = undefined;
    return (await ended)[0] as number | null;
  }

  it('keeps its realms over a restart', async () => {
    await start();
    const credentials = await provider.create(site, claim, never);
    expect(await stop()).to.equal(0);
    expect(await provider.isReady(site, never)).to.equal(false);
    await start();
    await provider.verify(site, credentials, never);
    expect(await provider.remove(site, claim, never)).to.equal('Removed');
  });

  it('fails for as long as its file says so', async () => {
    await writeFile(join(data, 'fault'), '503');
    await start();
    expect(await provider.isReady(site, never)).to.equal(false);
    await rm(join(data, 'fault'));
    await until(() => provider.isReady(site, never), Boolean);
  });
});
