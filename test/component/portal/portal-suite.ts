import { expect } from 'chai';
import type { SsoServer } from '../../contract/sso/sso-subject.ts';
import { type Portal, PortalBench } from './portal-bench.ts';
import { Visitor } from './visitor.ts';

/** What the portal does before every provider, the double and the real one. */
export function portalSuite(kind: string, start: () => Promise<SsoServer>): void {
  describe(`portal before ${kind}`, () => {
    let bench: PortalBench;
    let portal: Portal;

    before(async function () {
      this.timeout(120_000);
      bench = await PortalBench.open(await start());
      portal = await bench.start();
    });
    after(async () => {
      await bench?.close();
    });

    it('shows who signed in, to nobody else, and not after signing out', async () => {
      const { base, credentials } = portal;
      const visitor = new Visitor();
      expect((await visitor.signIn(base, credentials)).url).to.equal(`${base}/`);
      expect(await visitor.seenAs(base)).to.equal(`Signed in as ${credentials.user} (${credentials.user}@example.org)`);
      expect(await new Visitor().seenAs(base)).to.equal(undefined);
      await visitor.go(`${base}/sign-out`, {});
      expect(await visitor.seenAs(base)).to.equal(undefined);
    });

    it('shows nobody who gives a wrong password', async () => {
      const visitor = new Visitor();
      const wrong = { ...portal.credentials, password: 'wrong' };
      expect(await visitor.fillIn(await visitor.begin(portal.base), wrong)).to.equal(undefined);
      expect(await visitor.seenAs(portal.base)).to.equal(undefined);
    });

    it('its test by the password grant passes, and fails for a user whom the provider does not know', async () => {
      const { exitCode, output } = await bench.test('ci/password-grant.mjs', portal);
      expect(exitCode, output).to.equal(0);
      const stranger = { ...portal, credentials: { ...portal.credentials, password: 'wrong' } };
      expect((await bench.test('ci/password-grant.mjs', stranger)).exitCode).to.equal(1);
    });

    it('a code that is used twice, or in an attempt that it was not given for, opens nothing', async () => {
      const [owner, thief] = [new Visitor(), new Visitor()];
      const back = new URL((await owner.fillIn(await owner.begin(portal.base), portal.credentials)) ?? '');
      expect((await owner.step(back.href)).status).to.equal(303);
      expect((await owner.step(back.href)).status).to.equal(403);
      const begun = await thief.begin(portal.base);
      back.searchParams.set('state', begun.searchParams.get('state') ?? '');
      expect((await thief.step(back.href)).status).to.equal(403);
      expect(await thief.seenAs(portal.base)).to.equal(undefined);
    });

    it('a nonce, or a challenge of PKCE, that somebody changed on the way opens nothing', async () => {
      for (const [key, value] of [
        ['nonce', 'another'],
        ['code_challenge', 'a'.repeat(43)],
      ] as const) {
        const visitor = new Visitor();
        const place = await visitor.begin(portal.base);
        expect(place.searchParams.get(key), key).not.to.equal(null);
        place.searchParams.set(key, value);
        const back = await visitor.fillIn(place, portal.credentials);
        expect((await visitor.step(back ?? '')).status, key).to.equal(403);
        expect(await visitor.seenAs(portal.base), key).to.equal(undefined);
      }
    });

    it('I10 tells neither its log nor a page a secret', async () => {
      const { base, credentials, log } = portal;
      const visitor = new Visitor();
      const { html } = await visitor.signIn(base, credentials);
      for (const secret of [credentials.clientSecret, credentials.password])
        expect(`${log()}${html}${(await visitor.go(base)).html}`).not.to.contain(secret);
    });
  });
}
