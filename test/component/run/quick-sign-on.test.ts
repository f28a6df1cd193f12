import { expect } from 'chai';
import { condition } from './bench.ts';
import { BASE_VERSION, CANONICAL_DOMAIN } from './enrolled.ts';
import { SignOn } from './sign-on-bench.ts';

describe('sign-on in quick runs', function () {
  this.timeout(180_000);
  let signOn: SignOn;

  before(async () => {
    signOn = await SignOn.open({ maxRuns: 2, resyncMs: 3_600_000 });
    await signOn.up();
    await signOn.enrol();
    await signOn.run('seed', { ref: BASE_VERSION, promotion: 'Auto' });
    expect((await signOn.bench.finish('seed')).promotion?.result).to.equal('Promoted');
  });
  after(() => signOn.close());

  it('WC1b the known-good signs on at the realm of the run, not at that of the run that promoted it', async () => {
    const issuers: (string | undefined)[] = [];
    const { platform } = signOn.bench;
    const deploy = platform.deploy.bind(platform);
    platform.deploy = async (prepared, signal) => {
      if (prepared.app.domain === CANONICAL_DOMAIN) issuers.push(prepared.app.env.OIDC_ISSUER);
      await deploy(prepared, signal);
    };
    await signOn.run('q', { mode: 'Quick' });
    const status = await signOn.bench.finish('q');
    expect(condition(status, 'Succeeded'), JSON.stringify(status.stages)).to.equal('True/Passed');
    expect(status).to.include({ mode: 'Quick', level: 2 });
    const { CCCI_SSO_ISSUER: issuer } = await signOn.told(status);
    expect(issuers).to.deep.equal([issuer, issuer]);
    expect(signOn.warm.realms.names()).to.deep.equal(['master']);
  });
});
