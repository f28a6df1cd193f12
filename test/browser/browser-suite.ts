import { expect } from 'chai';
import { type Portal, PortalBench } from '../component/portal/portal-bench.ts';
import type { SsoServer } from '../contract/sso/sso-subject.ts';

/** The test of the portal's profile with a real browser, before every provider. */
export function browserSuite(kind: string, start: () => Promise<SsoServer>): void {
  describe(`portal in a browser, before ${kind}`, function () {
    this.timeout(180_000);
    let bench: PortalBench;
    let portal: Portal;

    before(async () => {
      bench = await PortalBench.open(await start());
      portal = await bench.start();
    });
    after(async () => {
      await bench?.close();
    });

    it('a person signs in, after a wrong password, and out', async () => {
      const { exitCode, output } = await bench.test(bench.browserTest, portal);
      expect(exitCode, output).to.equal(0);
      expect(output.match(/^ok/gm)).to.have.length(5);
    });

    it('somebody whom the provider does not know fails the test', async () => {
      const stranger = { ...portal, credentials: { ...portal.credentials, password: 'wrong' } };
      const { exitCode, output } = await bench.test(bench.browserTest, stranger);
      expect(exitCode).to.equal(1);
      expect(output).to.contain('not ok  the right one leads back');
    });

    it('without a browser it is skipped, with the names of those that would do', async () => {
      const { exitCode, output } = await bench.test(bench.browserTest, portal, { PATH: '/var/empty' });
      expect(exitCode).to.equal(77);
      expect(output).to.contain('chromium');
    });
  });
}
