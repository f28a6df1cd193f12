import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type ConnectionSettings, connectionTo, openConnection } from '../../../lib/checks/app-connection.ts';
import { checkHttp, type HttpCheckOptions } from '../../../lib/checks/http-check.ts';
import { freePort } from '../../rig/free-port.ts';

const DOMAIN = 'notes.ci.example.org';

/** The ingress: one app with a certificate of Caddy's own authority, one whose certificate is over. */
const caddyfile = (port: number, root: string): string => `{
  admin off
  auto_https disable_redirects
  skip_install_trust
  storage file_system ${root}/caddy
  http_port 1
  https_port ${port}
}
https://${DOMAIN}:${port}, https://api.${DOMAIN}:${port} {
  bind 127.0.0.1 ::1
  tls internal
  handle /moved {
    redir https://elsewhere.example.org/ 302
  }
  respond "notes at {host}"
}
https://old.${DOMAIN}:${port} {
  bind 127.0.0.1 ::1
  tls ${root}/old.pem ${root}/old.key
  respond "too late"
}
`;

function openssl(root: string, ...words: string[]): void {
  execFileSync('openssl', words, { cwd: root, stdio: 'pipe' });
}

/** A certificate for `old.<domain>` that ended before it is used, and another authority that signed nothing here. */
function makeCertificates(root: string): void {
  const subject = ['-newkey', 'rsa:2048', '-nodes', '-subj'];
  openssl(root, 'req', '-x509', ...subject, '/CN=Other', '-days', '3', '-keyout', 'other.key', '-out', 'other.pem');
  openssl(root, 'req', '-x509', ...subject, '/CN=Old', '-days', '3', '-keyout', 'root.key', '-out', 'root.pem');
  openssl(root, 'req', ...subject, `/CN=old.${DOMAIN}`, '-keyout', 'old.key', '-out', 'old.csr');
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'];
  const ca = `[ca]\ndefault_ca=d\n[d]\ndatabase=${root}/index\nnew_certs_dir=${root}\nserial=${root}/serial\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n[v]\nsubjectAltName=DNS:old.${DOMAIN}\n`;
  execFileSync('sh', ['-c', 'cat > ca.conf; : > index; echo 01 > serial'], { cwd: root, input: ca });
  const signer = ['-cert', 'root.pem', '-keyfile', 'root.key', '-in', 'old.csr', '-out', 'old.pem'];
  openssl(root, 'ca', '-batch', '-notext', '-config', 'ca.conf', '-extensions', 'v', ...dates, ...signer);
}

describe('HTTP checks through a real Caddy with its own authority', () => {
  let root: string;
  let caddy: ChildProcess | undefined;
  let port: number;
  let caFile: string;

  const check = async (url: string, settings: ConnectionSettings, options: Partial<HttpCheckOptions> = {}) => {
    const connection = connectionTo(url, DOMAIN, await openConnection(settings));
    return checkHttp({ timeoutMs: 5_000, signal: new AbortController().signal, ...options, ...connection, url });
  };
  const ingress = () => ({ connectTo: `127.0.0.1:${port}`, caFile });

  before(async function () {
    this.timeout(60_000);
    root = await mkdtemp(join(tmpdir(), 'ccci-caddy-'));
    port = await freePort();
    makeCertificates(root);
    await mkdir(join(root, 'home'));
    await writeFile(join(root, 'Caddyfile'), caddyfile(port, root));
    const env = { PATH: process.env.PATH, HOME: join(root, 'home') };
    caddy = spawn('caddy', ['run', '--config', 'Caddyfile'], { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    caddy.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const missing = once(caddy, 'error').then(([error]) => {
      throw new Error(`caddy cannot be run (Debian: caddy): ${String(error)}`);
    });
    await Promise.race([missing, answering(() => said)]);
    caFile = join(root, 'caddy/pki/authorities/local/root.crt');
  });

  /** The ingress answers once its certificates are there. */
  async function answering(said: () => string): Promise<void> {
    const until = Date.now() + 30_000;
    const settings = { connectTo: `127.0.0.1:${port}` };
    while (Date.now() < until && caddy?.exitCode === null) {
      const { message } = await check(`https://${DOMAIN}/`, settings);
      if (message.includes('swarm.caFile')) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`caddy does not answer: ${said()}`);
  }

  after(async () => {
    if (caddy?.exitCode === null) {
      const ended = once(caddy, 'exit');
      caddy.kill('SIGTERM');
      await ended;
    }
    if (root) await rm(root, { recursive: true, force: true });
  });

  for (const host of [DOMAIN, `api.${DOMAIN}`]) {
    it(`asks ${host} by its name, in TLS and in Host`, async () => {
      const result = await check(`https://${host}/`, ingress(), { contains: `notes at ${host}` });
      expect(result.ok, result.message).to.equal(true);
    });
  }

  it('reaches an ingress at an IPv6 address', async () => {
    const result = await check(`https://${DOMAIN}/`, { ...ingress(), connectTo: `[::1]:${port}` });
    expect(result.ok, result.message).to.equal(true);
  });

  it('takes the port of the URL where the address has none', async () => {
    const result = await check(`https://${DOMAIN}:${port}/`, { ...ingress(), connectTo: '127.0.0.1' });
    expect(result.ok, result.message).to.equal(true);
  });

  it('says what to set where the authority is not trusted', async () => {
    const result = await check(`https://${DOMAIN}/`, { connectTo: `127.0.0.1:${port}` });
    expect(result.ok).to.equal(false);
    expect(result.message).to.include('swarm.caFile').and.include(DOMAIN);
  });

  it('does not take another authority for it', async () => {
    const result = await check(`https://${DOMAIN}/`, { ...ingress(), caFile: join(root, 'other.pem') });
    expect(result.ok).to.equal(false);
    expect(result.message).to.include('swarm.caFile');
  });

  it('finds the right authority among several', async () => {
    const both = join(root, 'both.pem');
    await writeFile(both, `${await readFile(join(root, 'other.pem'))}\n${await readFile(caFile)}`);
    expect((await check(`https://${DOMAIN}/`, { ...ingress(), caFile: both })).ok).to.equal(true);
  });

  it('does not pass for a name that the ingress does not serve', async () => {
    const result = await check(`https://missing.${DOMAIN}/`, ingress());
    expect(result.ok).to.equal(false);
    expect(result.message).to.include(`missing.${DOMAIN}`);
  });

  it('says that a certificate is out of its time', async () => {
    const result = await check(`https://old.${DOMAIN}/`, { ...ingress(), caFile: join(root, 'root.pem') });
    expect(result.ok).to.equal(false);
    expect(result.message).to.include('CERT_HAS_EXPIRED');
  });

  it('refuses a trusted certificate for another name', async () => {
    const [key, cert] = await Promise.all([readFile(join(root, 'root.key')), readFile(join(root, 'root.pem'))]);
    const other = createHttpsServer({ key, cert }, (_request, response) => response.end('other')).listen(
      0,
      '127.0.0.1',
    );
    await once(other, 'listening');
    const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const result = await check(`https://${DOMAIN}/`, { connectTo: address, caFile: join(root, 'root.pem') });
    other.close();
    expect(result.ok).to.equal(false);
    expect(result.message).to.include('ERR_TLS_CERT_ALTNAME_INVALID').and.include(DOMAIN);
  });

  it('does not follow a redirect out of the app', async () => {
    expect((await check(`https://${DOMAIN}/moved`, ingress(), { status: [302] })).ok).to.equal(true);
  });

  it('says so where nothing listens', async () => {
    const result = await check(`https://${DOMAIN}/`, { ...ingress(), connectTo: `127.0.0.1:${await freePort()}` });
    expect(result.ok).to.equal(false);
    expect(result.message).to.include('refused');
  });

  it('leaves URLs that are not the app’s own where they are', async () => {
    const result = await check('https://notes.invalid/', ingress());
    expect(result.ok).to.equal(false);
    expect(result.message).to.include('name not found');
  });
});
