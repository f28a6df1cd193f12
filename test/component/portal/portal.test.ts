import { expect } from 'chai';
import { startKeycloakDouble } from '../../contract/sso/double-server.ts';
import { freePort } from '../../rig/free-port.ts';
import { type Portal, PortalBench } from './portal-bench.ts';
import { portalSuite } from './portal-suite.ts';
import { Visitor } from './visitor.ts';

portalSuite('the double', startKeycloakDouble);

describe('portal', () => {
  let bench: PortalBench;
  let portal: Portal;

  before(async function () {
    this.timeout(120_000);
    bench = await PortalBench.open(await startKeycloakDouble());
    portal = await bench.start();
  });
  afterEach(() => bench.subject.gate.heal());
  after(async () => {
    await bench?.close();
  });

  /** The answer that an attempt ends with, which `change` makes another one. */
  async function comeBack(change: (back: URL) => void): Promise<{ status: number; seenAs: string | undefined }> {
    const visitor = new Visitor();
    const back = new URL((await visitor.fillIn(await visitor.begin(portal.base), portal.credentials)) ?? '');
    change(back);
    const { status } = await visitor.step(back.href);
    return { status, seenAs: await visitor.seenAs(portal.base) };
  }
  const nobody = { status: 403, seenAs: undefined };

  it('lets in who comes back as the provider sent them', async () => {
    expect((await comeBack(() => {})).status).to.equal(303);
  });

  for (const [what, change] of Object.entries<(query: URLSearchParams) => void>({
    'another state': (query) => query.set('state', 'another'),
    'no state': (query) => query.delete('state'),
    'two states': (query) => query.append('state', query.get('state') ?? ''),
    'another issuer': (query) => query.set('iss', 'http://127.0.0.1:1/realms/x'),
    'an error': (query) => {
      query.delete('code');
      query.set('error', 'access_denied');
    },
    'no code': (query) => query.delete('code'),
    'a code of somebody else': (query) => query.set('code', 'guessed'),
  })) {
    it(`refuses who comes back with ${what}`, async () => {
      expect(await comeBack(({ searchParams }) => change(searchParams))).to.deep.equal(nobody);
    });
  }

  it('takes one answer for an attempt: after a wrong one the right one comes too late', async () => {
    const visitor = new Visitor();
    const back = new URL((await visitor.fillIn(await visitor.begin(portal.base), portal.credentials)) ?? '');
    const guessed = new URL(back);
    guessed.searchParams.set('state', 'guessed');
    expect((await visitor.step(guessed.href)).status).to.equal(403);
    expect((await visitor.step(back.href)).status).to.equal(403);
    expect(await visitor.seenAs(portal.base)).to.equal(undefined);
  });

  it('refuses who never set out: the way back of somebody else signs no victim in', async () => {
    const [attacker, victim] = [new Visitor(), new Visitor()];
    const back = await attacker.fillIn(await attacker.begin(portal.base), portal.credentials);
    expect((await victim.step(back ?? '')).status).to.equal(403);
    await victim.begin(portal.base);
    expect((await victim.step(back ?? '')).status).to.equal(403);
    expect(await victim.seenAs(portal.base)).to.equal(undefined);
  });

  it('refuses a code of another realm of the same provider', async () => {
    const other = await bench.start();
    const visitor = new Visitor();
    const back = new URL((await visitor.fillIn(await visitor.begin(other.base), other.credentials)) ?? '');
    expect(
      await comeBack(({ searchParams }) => searchParams.set('code', back.searchParams.get('code') ?? '')),
    ).to.deep.equal(nobody);
  });

  it('refuses programs with a token of another realm, and those without', async () => {
    const other = await bench.start();
    const { exitCode } = await bench.test('ci/password-grant.mjs', {
      base: portal.base,
      credentials: other.credentials,
    });
    expect(exitCode).to.equal(1);
    expect((await fetch(`${portal.base}/api/me`, { headers: { connection: 'close' } })).status).to.equal(401);
  });

  it('is healthy while the provider is away, says so to who signs in, and goes on when it is back', async () => {
    const fresh = await bench.start();
    void bench.subject.gate.fail({ conduct: 'Reset' });
    const visitor = new Visitor();
    expect((await visitor.step(`${fresh.base}/healthz`)).status).to.equal(200);
    expect((await visitor.step(`${fresh.base}/sign-in`)).status).to.equal(502);
    bench.subject.gate.heal();
    expect((await visitor.signIn(fresh.base, fresh.credentials)).status).to.equal(200);
  });

  it('does not take a failure of the provider for a refusal', async () => {
    const visitor = new Visitor();
    const back = await visitor.fillIn(await visitor.begin(portal.base), portal.credentials);
    void bench.subject.gate.fail({ conduct: { status: 503 }, on: /token$/ });
    expect((await visitor.step(back ?? '')).status).to.equal(502);
  });

  it('runs without a provider, and says that nobody can sign in', async () => {
    expect(await bench.wire(undefined)).to.deep.equal({ env: {}, secrets: {} });
    const alone = await bench.startAt({ ...portal.credentials, issuer: '' }, await freePort());
    expect((await new Visitor().go(alone.base)).html).to.contain('Nobody can sign in');
    expect((await new Visitor().step(`${alone.base}/sign-in`)).status).to.equal(404);
  });
});
