import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, createServer, type Server } from 'node:tls';
import { expect } from 'chai';
import { KeycloakProvider } from '../../../lib/sso/keycloak/keycloak-provider.ts';
import type { SsoClaim, SsoSite } from '../../../lib/sso/provider.ts';
import { OidcDouble } from '../../doubles/oidc/oidc-double.ts';
import { codeOf } from '../../rig/code-of.ts';

const NAME = 'sso.example.org';
const PASSWORD = 'password-of-the-admin';
const claim: SsoClaim = { realm: 'notes-0a1b2c', run: 'uid', attempt: 1, appUrl: 'https://notes.example.org' };
const never = new AbortController().signal;

/** A provider behind an ingress: TLS by an authority of one's own, at an address that DNS does not know. */
describe('Keycloak behind TLS', () => {
  let directory: string;
  let double: OidcDouble;
  let ingress: Server;
  let site: SsoSite;
  /** Server names that were asked for. */
  const named: unknown[] = [];
  const provider = new KeycloakProvider({ instance: 'one' });

  before(async function () {
    this.timeout(60_000);
    directory = await mkdtemp(join(tmpdir(), 'cc-ci-sso-tls-'));
    const subject = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
    const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'key', '-out', 'pem', '-days', '1', ...subject];
    execFileSync('openssl', ['req', '-x509', ...made], { cwd: directory, stdio: 'pipe' });
    await writeFile(join(directory, 'password'), PASSWORD);
    double = await OidcDouble.start({ adminPassword: PASSWORD });
    const [key, cert] = await Promise.all([readFile(join(directory, 'key')), readFile(join(directory, 'pem'))]);
    ingress = createServer({ key, cert }, (socket) => {
      named.push(socket.servername);
      const upstream = connect(double.port, '127.0.0.1');
      socket.on('error', () => upstream.destroy());
      upstream.on('error', () => socket.destroy());
      socket.pipe(upstream).pipe(socket);
    });
    ingress.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => ingress.listen(0, '127.0.0.1', resolve));
    const { port } = ingress.address() as AddressInfo;
    site = {
      url: `https://${NAME}`,
      adminUser: 'admin',
      adminPasswordFile: join(directory, 'password'),
      connectTo: { host: '127.0.0.1', port },
      trust: createSecureContext({ ca: cert }),
    };
  });
  after(async () => {
    await double.stop();
    await new Promise((resolve) => ingress.close(resolve));
    await rm(directory, { recursive: true });
  });

  it('is reached at the address that is told, by its name, with the authority that is trusted', async () => {
    expect(await provider.isReady(site, never)).to.equal(true);
    expect(await provider.create(site, claim, never)).to.include({ issuer: `https://${NAME}/realms/${claim.realm}` });
    expect(await provider.list(site, never)).to.have.length(1);
    expect(await provider.remove(site, claim, never)).to.equal('Removed');
    expect([...new Set(named)]).to.deep.equal([NAME]);
  });

  it('is not believed without that authority, nor by another name: Misconfigured', async () => {
    const { trust: _, ...untrusted } = site;
    const renamed = { ...site, url: 'https://other.example.org' };
    for (const wrong of [untrusted, renamed]) {
      expect(await provider.isReady(wrong, never)).to.equal(false);
      for (const call of [provider.create(wrong, claim, never), provider.list(wrong, never)])
        expect(await codeOf(call)).to.equal('Misconfigured');
    }
    expect(double.realms.names()).to.deep.equal(['master']);
  });

  it('where the other side speaks no TLS: Misconfigured', async () => {
    const plain = { ...site, connectTo: { host: '127.0.0.1', port: double.port } };
    expect(await codeOf(provider.list(plain, never))).to.equal('Misconfigured');
  });
});
