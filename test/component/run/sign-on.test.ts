import { readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import { runDirectories } from '../../../controllers/run/stage.ts';
import { filesWith } from '../../rig/secret-scan.ts';
import { condition, stageOf } from './bench.ts';
import { ADMIN_PASSWORD, SignOn, WARM_DOMAIN } from './sign-on-bench.ts';

const HOUR_MS = 3_600_000;

describe('sign-on in runs', function () {
  this.timeout(120_000);
  let signOn: SignOn;

  beforeEach(async () => {
    signOn = await SignOn.open({ maxRuns: 2, resyncMs: HOUR_MS });
  });
  afterEach(() => signOn.close());

  it('WC1b WC1c two runs at once get realms of their own in the warm provider, and leave none', async () => {
    await signOn.up();
    await signOn.enrol();
    await signOn.run('r1');
    await signOn.run('r2');
    const made = () => signOn.warm.realms.names().length === 3;
    const shown = async (count: number) => (await signOn.service()).leases?.length === count;
    await signOn.bench.until(async () => made() && (await shown(2)), 'two realms at once, and who has them');
    const { leases = [] } = await signOn.service();
    expect(leases.map(({ run }) => run)).to.deep.equal(['r1', 'r2']);
    expect(leases.map(({ realm }) => realm).sort()).to.deep.equal(
      signOn.warm.realms
        .names()
        .filter((name) => name !== 'master')
        .sort(),
    );
    const [one, two] = [await signOn.bench.finish('r1'), await signOn.bench.finish('r2')];
    for (const status of [one, two]) {
      expect(condition(status, 'Succeeded'), JSON.stringify(status.stages)).to.equal('True/Passed');
      expect(status.deploys).to.deep.equal({ count: 1, expected: 1 });
      const { CCCI_SSO_REALM: realm, CCCI_SSO_ISSUER: issuer } = await signOn.told(status);
      expect(status.dependencies).to.deep.equal([{ as: 'sso', mode: 'Warm', realm }]);
      expect(realm).to.match(/^notes-[0-9a-f]{6}$/);
      expect(issuer).to.equal(`${signOn.gates.warm.url}/realms/${realm}`);
      expect(status.domain).to.include(realm?.slice(-6) ?? 'none');
    }
    expect(one.dependencies).not.to.deep.equal(two.dependencies);
    expect(signOn.warm.realms.names()).to.deep.equal(['master']);
    expect(signOn.cold.realms.names()).to.deep.equal(['master']);
    await signOn.bench.until(async () => (await signOn.service()).leases === undefined, 'no lease any more');
    // Looked at because of the runs, not because it is looked at now and then.
    expect(signOn.bench.clock.skippedMs).to.be.lessThan(HOUR_MS / 2);
    expect(
      signOn.bench.platform.calls.filter(({ method, domain }) => method === 'deploy' && domain === WARM_DOMAIN),
    ).to.have.length(1);
  });

  it('WC1d where the warm provider is not up the run deploys its own, says so, and removes both', async () => {
    await signOn.up();
    await signOn.enrol();
    void signOn.gates.warm.fail({ conduct: { status: 503 } });
    await signOn.run('r1');
    const status = await signOn.bench.finish('r1');
    expect(condition(status, 'Succeeded'), JSON.stringify(status.stages)).to.equal('True/Passed');
    const { CCCI_SSO_REALM: realm, CCCI_SSO_URL: url } = await signOn.told(status);
    expect(status.dependencies).to.deep.equal([{ as: 'sso', mode: 'Cold', reason: 'NotAnswering', realm }]);
    expect(url).to.equal(signOn.gates.cold.url);
    expect(status.deploys).to.deep.equal({ count: 2, expected: 2 });
    expect(condition(status, 'TornDown')).to.equal('True/Verified');
    expect(stageOf(status, 'Teardown').result).to.equal('Passed');
    const { platform, store } = signOn.bench;
    const never = new AbortController().signal;
    expect((await platform.apps(never)).map(({ domain }) => domain)).to.deep.equal([WARM_DOMAIN]);
    expect((await store.claims.list()).map(({ kind }) => kind).sort()).to.deep.equal(['Canonical', 'WarmService']);
    expect(signOn.warm.realms.names()).to.deep.equal(['master']);
  });

  it('I10 the secrets of a realm are in files of their own, 0600, masked everywhere else, and gone at the end', async () => {
    await signOn.up();
    await signOn.enrol();
    await signOn.run('r1');
    await signOn.when('r1', ({ memory }) => memory?.cursor.stage === 'Custom' && memory.testIndex === 1, 'the login');
    const { settings } = signOn.bench;
    const { root, dependencies } = runDirectories(
      settings.stateDirectory,
      signOn.bench.object({ kind: 'Run', name: 'r1' }),
    );
    const [secret = '', password = ''] = await Promise.all(
      ['client_secret', 'password'].map((name) => readFile(join(dependencies, 'sso', name), 'utf8')),
    );
    for (const name of ['client_secret', 'password'])
      expect((await stat(join(dependencies, 'sso', name))).mode & 0o777).to.equal(0o600);
    const { domain } = (await signOn.bench.journal('r1')).attempts[0]!;
    const own = ['client_secret', 'password'].map((name) =>
      relative(settings.stateDirectory, join(dependencies, 'sso', name)),
    );
    const wired = `apps/${domain}/secrets/oidc`;
    expect(await filesWith([secret, password], settings.stateDirectory)).to.deep.equal([wired, ...own].sort());
    expect(await readFile(join(root, 'logs/custom-login.log'), 'utf8')).to.include('*** ***');
    expect(condition(await signOn.bench.finish('r1'), 'Succeeded')).to.equal('True/Passed');
    // What a platform removes with the app, the fake one keeps.
    expect(await filesWith([secret, password], settings.stateDirectory)).to.deep.equal([wired]);
    const places = [`apps/${WARM_DOMAIN}/secrets/admin_password`];
    expect(await filesWith([ADMIN_PASSWORD], settings.stateDirectory)).to.deep.equal(places);
  });
});
