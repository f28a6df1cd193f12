import { expect } from 'chai';
import type { AlertRecord } from '../../../lib/alerts/alert.ts';
import { CcError } from '../../../lib/errors.ts';
import type { Platform } from '../../../lib/platform/platform.ts';
import { condition } from '../run/bench.ts';
import { FaultyShop } from './faulty-shop.ts';
import { KEY, NEW, OLD, type Shop } from './warm-bench.ts';

const NEWER = '1.2.0+1.2.0';
const HOUR_MS = 3_600_000;

describe('a warm service whose newest version cannot be prepared', function () {
  this.timeout(120_000);
  let faulty: FaultyShop;
  let shop: Shop;

  beforeEach(async () => {
    faulty = await FaultyShop.open();
    shop = faulty.shop;
    shop.bench.platform.calls.length = 0;
  });
  afterEach(() => shop.close());

  /** Preparing fails for this commit, as often as it is asked; `mend` ends that. */
  function lacks(commit: () => string, code: 'InvalidInput' | 'Unsupported'): { mend: () => void } {
    const { platform } = shop.bench;
    const prepare = platform.prepare.bind(platform);
    platform.prepare = async (app, revision, signal): ReturnType<Platform['prepare']> => {
      const prepared = await prepare(app, revision, signal);
      if (revision.commit !== commit()) return prepared;
      throw new CcError(code, 'service app, image shop:1: no registry has it');
    };
    return { mend: () => Object.assign(platform, { prepare }) };
  }

  const untouched = (): void => {
    for (const method of ['undeploy', 'deploy', 'destroy']) expect(shop.calls(method), method).to.equal(0);
  };
  const told = async (): Promise<AlertRecord[]> =>
    (await shop.alerts()).filter(({ reason }) => reason === 'UpgradeNotPrepared');

  for (const code of ['InvalidInput', 'Unsupported'] as const)
    it(`T54 ${code}: nothing is touched, it is told once with version and image, and what is newer and whole is taken`, async () => {
      await shop.apply({ update: { policy: 'Auto', maxBump: 'Minor', interval: '1h' } });
      await shop.settlesAt(OLD);
      const newer = await shop.release(NEWER);
      lacks(() => newer, code);
      await shop.bench.request(KEY, 'reconcile');
      await shop.bench.until(async () => (await shop.journal()).quarantine.length > 0, 'the quarantine');
      untouched();
      expect(condition(await shop.settlesAt(OLD), 'Ready')).to.equal('True/Healthy');
      expect((await shop.status()).quarantine?.[0]).to.include({ version: NEWER, reason: 'NotPrepared' });
      const [alert, ...others] = await told();
      expect(others).to.deep.equal([]);
      expect(alert?.message).to.include('image shop:1').and.to.include(NEWER);
      expect(alert?.facts).to.deep.include({ recovered: true }).and.to.have.property('attempted');
      await shop.release(NEW);
      await shop.bench.request(KEY, 'reconcile');
      await shop.settlesAt(NEW);
    });

  it('T54 an image that is published later is found by itself, at the next look, and that is told', async () => {
    const newer = await shop.release(NEWER);
    const { mend } = lacks(() => newer, 'InvalidInput');
    await shop.bench.request(KEY, 'reconcile');
    await shop.bench.until(async () => (await shop.journal()).quarantine.length > 0, 'the quarantine');
    await shop.settlesAt(OLD);
    mend();
    shop.bench.clock.skippedMs += HOUR_MS;
    await shop.bench.pass(KEY);
    await shop.settlesAt(NEWER);
    expect((await shop.alerts()).some(({ reason }) => reason === 'Recovered')).to.equal(true);
  });

  it('T54 I14 a way back that cannot be had puts the upgrade off, and says nothing of the new version', async () => {
    const { mend } = lacks(() => shop.old, 'InvalidInput');
    await faulty.released();
    const status = await shop.is('Reconciling', 'True/Postponed');
    untouched();
    expect(status.quarantine).to.equal(undefined);
    expect(condition(status, 'Ready')).to.equal('True/Healthy');
    const [alert, ...others] = await told();
    expect(others).to.deep.equal([]);
    expect(alert?.facts.reason).to.equal('WayBackMissing');
    expect(alert?.message).to.include(OLD);
    mend();
    await shop.settlesAt(NEW);
  });

  it('T54 a registry that is down is told once, however often it is tried', async () => {
    await faulty.released();
    faulty.fail('prepare', 'Unreachable', 15);
    await shop.settlesAt(NEW);
    expect(await told()).to.have.length(1);
  });
});
