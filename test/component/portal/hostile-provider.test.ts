import { expect } from 'chai';
import { startKeycloakDouble } from '../../contract/sso/double-server.ts';
import { freePort } from '../demo/demo-app.ts';
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

  /** A portal that was told of the liar, and a visitor who comes back to it: the status, and who that is then. */
  async function signIn(lie: Lie): Promise<[number, string | undefined]> {
    const { issuer, clientId } = provider;
    const names = { url: issuer, realm: 'x', issuer, clientId, clientSecret: 's', user: 'mallory', password: 'p' };
    const { base } = await bench.startAt(names, await freePort());
    const visitor = new Visitor();
    provider.lie = lie;
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
});
