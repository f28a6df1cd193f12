import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { readEvents } from '../../../lib/store/reader.ts';
import { KEYCLOAK_CALLS } from '../../contract/sso/double-server.ts';
import { type Conduct, Gate } from '../../doubles/gate.ts';
import { condition, stageOf } from './bench.ts';
import { SERVICE, SignOn, WARM_DOMAIN } from './sign-on-bench.ts';

const MINUTE_MS = 60_000;

describe('sign-on in runs, with a provider that fails', function () {
  this.timeout(180_000);
  let signOn: SignOn;

  beforeEach(async () => {
    signOn = await SignOn.open();
  });
  afterEach(() => signOn.close());

  const up = async () => {
    await signOn.up();
    await signOn.enrol();
    await signOn.run('r1');
  };
  const outcome = (status: RunStatus) => [condition(status, 'Succeeded'), status.blame];
  const testing = (stage: string) => signOn.when('r1', ({ memory }) => memory?.cursor.stage === stage, stage);

  const creations: [string, Conduct][] = [
    ['says 500', { status: 500 }],
    ['hangs', 'Hang'],
    ['cuts the connection', 'Reset'],
    ['answers nonsense', 'Garbage'],
  ];
  for (const [at, [what, conduct]] of creations.entries())
    it(`one that ${what} where a realm is to be made: tried again, and green${at > 0 ? ' @nightly' : ''}`, async () => {
      await up();
      void signOn.gates.warm.fail({ conduct, on: KEYCLOAK_CALLS.create, times: 1 });
      const status = await signOn.bench.finish('r1');
      expect(outcome(status)).to.deep.equal(['True/Passed', undefined]);
      expect(status.attempts?.map(({ reason }) => reason)).to.deep.equal(['InfraFault', undefined]);
      expect(signOn.warm.realms.names()).to.deep.equal(['master']);
    });

  it('one that never makes a realm: InfraError, blame Infra', async () => {
    await up();
    void signOn.gates.warm.fail({ conduct: { status: 500 }, on: KEYCLOAK_CALLS.create });
    const status = await signOn.bench.finish('r1');
    expect(outcome(status)).to.deep.equal(['False/InfraError', 'Infra']);
    expect(condition(status, 'TornDown')).to.equal('True/Verified');
  });

  it('I17 a realm of somebody else of that name is left alone: the next attempt has another name', async () => {
    await up();
    const { resources = [] } =
      (await signOn.when('r1', ({ attempts }) => (attempts[0]?.resources?.length ?? 0) > 1, 'a realm that is wanted'))
        .attempts[0] ?? {};
    const name = resources.flatMap((one) => (one.kind === 'Realm' ? [one.realm] : []))[0] ?? '';
    signOn.warm.realms.create({
      name,
      attributes: { 'cc-ci.instance': 'another' },
      client: undefined,
      user: undefined,
    });
    const status = await signOn.bench.finish('r1');
    expect(outcome(status)).to.deep.equal(['True/Passed', undefined]);
    expect(status.attempts).to.have.length(2);
    expect(signOn.warm.realms.names()).to.deep.equal(['master', name]);
  });

  it('one that dies beside the tests: their failure is not the recipe’s, and the run is made again', async () => {
    await up();
    await testing('Custom');
    const { gates } = signOn;
    const { port } = gates.warm;
    await gates.warm.close();
    await signOn.when('r1', ({ attempts, fault }) => fault !== undefined || attempts.length > 1, 'a fault');
    expect(signOn.warm.realms.names()).to.have.length(2);
    gates.warm = await Gate.open(signOn.warm.port, port);
    const status = await signOn.bench.finish('r1');
    expect(outcome(status)).to.deep.equal(['True/Passed', undefined]);
    expect(signOn.warm.realms.names()).to.deep.equal(['master']);
  });

  it('T32 one that does not come back: TeardownFailed, blame Infra; the realm goes once it is there again', async () => {
    await up();
    await testing('Install');
    void signOn.gates.warm.fail({ conduct: 'Reset' });
    await signOn.bench.request({ kind: 'Run', name: 'r1' }, 'cancel');
    const status = await signOn.bench.finish('r1');
    expect(outcome(status)).to.deep.equal(['False/TeardownFailed', 'Infra']);
    expect(signOn.warm.realms.names()).to.have.length(2);
    signOn.gates.warm.heal();
    await signOn.when('r1', ({ tornDown }) => tornDown, 'the teardown');
    expect(signOn.warm.realms.names()).to.deep.equal(['master']);
  });

  it('R7 a run that is deleted, or cancelled where its realm is being made, leaves none', async () => {
    await up();
    await testing('Install');
    await signOn.bench.remove('r1');
    await signOn.bench.until(() => signOn.bench.store.get({ kind: 'Run', name: 'r1' }) === undefined, 'its removal');
    expect(signOn.warm.realms.names()).to.deep.equal(['master']);
    await signOn.run('r2');
    await signOn.when('r2', ({ attempts }) => (attempts[0]?.resources?.length ?? 0) > 1, 'a realm that is wanted');
    const cut = new AbortController();
    const struck = signOn.gates.warm.fail({ conduct: 'ResetAfter', on: KEYCLOAK_CALLS.create, times: 1 });
    void struck.then(() => cut.abort());
    while (!cut.signal.aborted) await signOn.bench.step(cut.signal);
    await signOn.bench.request({ kind: 'Run', name: 'r2' }, 'cancel');
    expect(condition(await signOn.bench.finish('r2'), 'Succeeded')).to.equal('False/Cancelled');
    expect(signOn.warm.realms.names()).to.deep.equal(['master']);
  });

  it('a provider of its own that does not come up: InfraError, blame Infra, nothing left', async () => {
    await signOn.declare({ suspend: true });
    await signOn.bench.until(() => signOn.bench.object(SERVICE).accepted !== undefined, 'its acceptance');
    await signOn.enrol();
    const commit = await signOn.release('1.1.0+26.1.0');
    signOn.bench.platform.behave(commit, { services: [{ name: 'app', conduct: 'CrashLoops', logs: ['no database'] }] });
    await signOn.run('r1');
    const status = await signOn.bench.finish('r1');
    expect(outcome(status)).to.deep.equal(['False/InfraError', 'Infra']);
    expect(status.dependencies?.map(({ mode, reason }) => [mode, reason])).to.deep.equal([['Cold', 'NotDeployed']]);
    expect(await signOn.bench.platform.apps(new AbortController().signal)).to.deep.equal([]);
  });

  const profiles: [string, object | undefined][] = [
    ['that does not exist', undefined],
    ['that provides nothing', {}],
  ];
  for (const [what, provides] of profiles)
    it(`a service ${what}: InvalidProfile, blame Configuration, at once`, async () => {
      if (provides) await signOn.declare({ provides });
      await signOn.enrol();
      await signOn.run('r1');
      const status = await signOn.bench.finish('r1');
      expect(outcome(status)).to.deep.equal(['False/Failed', 'Configuration']);
      expect(stageOf(status, 'Prepare')).to.include({ result: 'Failed', reason: 'InvalidProfile' });
      expect(status.attempts).to.have.length(1);
    });

  it('a wrong admin of the provider is the configuration’s', async () => {
    await signOn.up({ provides: { sso: { type: 'Keycloak', adminUser: 'nobody' } } });
    await signOn.enrol();
    await signOn.run('r1');
    await signOn.when('r1', ({ outcome: end }) => end?.blame === 'Configuration', 'the verdict');
    expect(stageOf(await signOn.status('r1'), 'Prepare').reason).to.equal('Misconfigured');
  });

  it('an upgrade of the provider waits for runs, and a run finds the provider changing', async () => {
    await up();
    await testing('Install');
    await signOn.release('1.1.0+26.1.0');
    await signOn.bench.request(SERVICE, 'reconcile');
    await signOn.bench.until(
      async () => (await signOn.service()).nextAction?.reason === 'InUse',
      'an upgrade that waits',
    );
    const deploys = () =>
      signOn.bench.platform.calls.filter(({ method, domain }) => method === 'deploy' && domain === WARM_DOMAIN).length;
    expect(deploys()).to.equal(1);
    expect(condition(await signOn.bench.finish('r1'), 'Succeeded')).to.equal('True/Passed');
    await signOn.bench.until(async () => (await signOn.service()).operation?.type === 'Upgrade', 'the upgrade');
    await signOn.run('r2');
    await signOn.when('r2', ({ attempts }) => attempts[0]?.dependencies !== undefined, 'its choice');
    const status = await signOn.bench.finish('r2');
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
    expect(deploys()).to.equal(2);
  });

  it('an upgrade of the provider waits half an hour for a run that is held, no longer, and says so', async () => {
    const { bench, notes } = signOn;
    bench.platform.behave(notes.head, { services: [{ name: 'app', conduct: 'CrashLoops' }] });
    await signOn.up();
    await signOn.enrol();
    await signOn.run('r1', { holdOnFailure: '1h' });
    await signOn.when('r1', ({ step }) => step === 'Holding', 'the hold');
    await signOn.release('1.1.0+26.1.0');
    await bench.request(SERVICE, 'reconcile');
    await bench.until(async () => (await signOn.service()).nextAction?.reason === 'InUse', 'an upgrade that waits');
    const sinceMs = bench.clock.now();
    await bench.until(async () => (await signOn.service()).operation?.type === 'Upgrade', 'the upgrade');
    expect(bench.clock.now() - sinceMs).to.be.within(29 * MINUTE_MS, 31 * MINUTE_MS);
    const events = await readEvents({ ...bench.settings, limit: 100 }, SERVICE);
    expect(events.map(({ reason }) => reason)).to.include.members(['InUse', 'ChangedInUse']);
    const current = async () => (await signOn.service()).version?.current;
    await bench.until(async () => (await current()) === '1.1.0+26.1.0', 'its end');
    expect(condition(await bench.finish('r1'), 'TornDown')).to.equal('True/Verified');
    expect(signOn.warm.realms.names()).to.deep.equal(['master']);
  });
});
