import { expect } from 'chai';
import { startKeycloakDouble } from '../../contract/sso/double-server.ts';
import { freePort } from '../../rig/free-port.ts';
import { HostileProvider, type Lie } from './hostile-provider.ts';
import { PortalBench } from './portal-bench.ts';
import { Visitor } from './visitor.ts';

describe('portal before a provider that lies', () => {
  let bench: PortalBench;
  let provider: HostileProvider;

  before(async function () {
    this.timeout(120_000);
    bench = await PortalBench.open(await startKeycloakDouble());
    provider = await HostileProvider.start();
  });
  afterEach(() => bench.stop());
  after(async () => {
    await bench?.close();
    await provider?.stop();
  });

  /** Where a portal runs that was told of the liar. */
  async function portal(lie: Lie): Promise<string> {
    const { issuer, clientId } = provider;
    provider.lie = lie;
    const names = { url: issuer, realm: 'x', issuer, clientId, clientSecret: 's', user: 'mallory', password: 'p' };
    return (await bench.startAt(names, await freePort())).base;
  }

  /** A visitor who comes back to it: the status, and who that is then. */
  async function signIn(lie: Lie): Promise<[number, string | undefined]> {
    const base = await portal(lie);
    const visitor = new Visitor();
    const begun = await visitor.step(`${base}/sign-in`);
    if (begun.leadsTo === undefined) return [begun.status, await visitor.seenAs(base)];
    const { searchParams } = new URL(begun.leadsTo);
    provider.nonce = searchParams.get('nonce') ?? '';
    const query = new URLSearchParams({ code: 'any', state: searchParams.get('state') ?? '' });
    const { status } = await visitor.step(`${base}/callback?${query}`);
    return [status, await visitor.seenAs(base)];
  }

  it('believes what is true', async () => {
    expect(await signIn({})).to.deep.equal([303, 'Signed in as mallory (no mail address)']);
  });

  for (const [what, lie] of Object.entries<Lie>({
    'a token of another issuer': { claims: { iss: 'http://127.0.0.1:1' } },
    'a token for another client': { claims: { aud: 'another' } },
    'a token of another attempt': { claims: { nonce: 'another' } },
    'a token without a nonce': { claims: { nonce: undefined } },
    'a token that expired': { claims: { exp: 1 } },
    'a token signed by a foreign key': { signature: 'Foreign' },
    'a token that nobody signed': { signature: 'None' },
    'no token': { token: 'Missing' },
    'another name of itself': { issuer: 'http://127.0.0.1:1' },
  })) {
    it(`refuses ${what}`, async () => {
      expect(await signIn(lie)).to.deep.equal([403, undefined]);
    });
  }

  it('programs are let in by a token that was given to this portal, and by no other', async () => {
    const base = await portal({});
    const ask = async (lie: Lie): Promise<number> => {
      const headers = { connection: 'close', authorization: `Bearer ${await provider.token(lie)}` };
      return (await fetch(`${base}/api/me`, { headers })).status;
    };
    expect(await ask({})).to.equal(200);
    expect(await ask({ claims: { aud: 'account', azp: provider.clientId } }), 'as Keycloak says it').to.equal(200);
    for (const lie of [
      { claims: { aud: 'another' } },
      { claims: { iss: 'http://127.0.0.1:1' } },
      { claims: { exp: 1 } },
      { signature: 'Foreign' },
      { signature: 'None' },
    ] satisfies Lie[])
      expect(await ask(lie), JSON.stringify(lie)).to.equal(401);
  });
});
