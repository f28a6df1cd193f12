import { expect } from 'chai';
import { filesWith } from '../../rig/secret-scan.ts';
import { conditionOf } from '../harness.ts';
import { SignOnBench, type SignOnProvider, WARM_DOMAIN } from './sign-on-bench.ts';

export interface SignOnStory {
  /** The service is healthy at its first version. */
  open(): Promise<SignOnProvider>;
  /** Bounds each test; half of it bounds whatever is waited for. */
  timeoutMs: number;
}

/** What runs find that sign in at a provider that is kept warm, whatever provider it is; in this order. */
export function signOn(title: string, { open, timeoutMs }: SignOnStory): void {
  describe(title, function () {
    this.timeout(timeoutMs);
    let on: SignOnBench;

    before(async () => {
      on = await SignOnBench.open(await open(), timeoutMs / 2);
    });
    after(() => on?.bench.dispose());

    it('WC1b WC1c I10 two at once have realms of their own, and their secrets in no file but their own', async () => {
      const { bench, provider } = on;
      on.hold();
      on.run('r1');
      on.run('r2');
      const [one, two] = await Promise.all([on.signedIn('r1'), on.signedIn('r2')]);
      expect(await provider.realms()).to.deep.equal(['master', one.realm, two.realm].sort());
      await on.waitFor('two leases', async () => (await on.service()).leases?.length === 2);
      const secrets = [one, two].flatMap(({ secret = '', password = '' }) => [secret, password]);
      const living = await filesBesideProvider(on, secrets);
      for (const file of living)
        expect(file).to.match(/^runs\/r[12]-\w+\/dependencies\/sso\/(client_secret|password)$/);
      expect(living).to.have.length(4);
      on.letGo();
      for (const name of ['r1', 'r2']) expect((await on.green(name)).dependencies?.[0]).to.include({ mode: 'Warm' });
      await on.clean();
      expect(await provider.realms()).to.deep.equal(['master']);
      await on.noLease();
      await bench.ok('describe', 'run/r1');
      expect(await filesBesideProvider(on, secrets)).to.deep.equal([]);
      expect(secrets.some((value) => (bench.log + bench.cliOutput).includes(value))).to.equal(false);
    });

    it('I8 the controller killed in the middle: the realm is gone after its restart, and the run goes green', async () => {
      const { bench, provider } = on;
      on.hold();
      on.run('r3');
      const { realm = '' } = await on.signedIn('r3');
      await bench.kill9();
      on.letGo();
      expect(await provider.realms()).to.include(realm);
      await bench.start();
      await on.green('r3');
      await on.clean();
      expect(await provider.realms()).to.deep.equal(['master']);
      await on.noLease();
    });

    it('WC1.1 an upgrade of the provider waits for the run that has a realm, says so, and comes once that is over', async () => {
      const { provider } = on;
      const [first, newer] = provider.versions;
      on.hold();
      on.run('r4');
      const { realm } = await on.signedIn('r4');
      provider.release();
      await on.bench.ok('reconcile', 'ws/keycloak');
      const waits = await on.waitFor('the upgrade to wait', async () => {
        const now = await on.service();
        return now.nextAction?.reason === 'InUse' ? now : undefined;
      });
      expect(waits.leases).to.deep.equal([{ run: 'r4', realm }]);
      expect([waits.version?.current, waits.operation]).to.deep.equal([first, undefined]);
      on.letGo();
      expect((await on.green('r4')).dependencies?.[0]).to.include({ mode: 'Warm' });
      await on.waitFor('the upgrade', async () => (await on.service()).version?.current === newer);
      await on.waitFor('the provider', () => on.answers());
      expect(await provider.realms()).to.deep.equal(['master']);
    });

    it('WC1d the provider stopped: the run goes green with one of its own, says so, and removes it', async () => {
      await on.stopService();
      on.run('r5');
      const status = await on.green('r5');
      expect(status.dependencies?.[0]).to.include({ as: 'sso', mode: 'Cold', reason: 'NotAnswering' });
      expect(status.deploys).to.deep.equal({ count: 2, expected: 2 });
      expect(on.told('r5').url).not.to.equal((await on.service()).url);
      expect(conditionOf(status, 'TornDown')).to.include({ status: 'True', reason: 'Verified' });
      await on.bench.waitClean([WARM_DOMAIN]);
      await on.resumeService();
      expect(await on.provider.realms()).to.deep.equal(['master']);
    });
  });
}

/** What is in the data of the service itself is the provider's own affair. */
async function filesBesideProvider({ bench }: SignOnBench, secrets: readonly string[]): Promise<string[]> {
  const files = await filesWith(secrets, bench.state);
  return files.filter((file) => !file.startsWith(`apps/${WARM_DOMAIN}/volumes`));
}
