import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { condition } from '../run/bench.ts';
import { BROKEN, FaultyShop } from './faulty-shop.ts';
import { DOMAIN, KEY, NEW, OLD, type Shop } from './warm-bench.ts';

describe('a warm service whose upgrade meets faults', function () {
  this.timeout(180_000);
  let faulty: FaultyShop;
  let shop: Shop;

  beforeEach(async () => {
    faulty = await FaultyShop.open();
    shop = faulty.shop;
  });
  afterEach(() => shop.close());

  it('T54 a registry that is down touches nothing, and says nothing of the version', async () => {
    await faulty.released();
    faulty.fail('prepare', 'Unreachable', 7);
    const undeploys = shop.calls('undeploy');
    const status = await shop.is('Reconciling', 'True/Postponed');
    expect(condition(status, 'Ready')).to.equal('True/Healthy');
    expect(status.nextAction).to.include({ reason: 'Postponed' }).and.to.have.property('time');
    expect(status.quarantine).to.equal(undefined);
    expect(shop.calls('undeploy')).to.equal(undeploys);
    await shop.settlesAt(NEW);
    expect((await shop.journal()).postponed).to.equal(undefined);
  });

  it('T54 a registry that hangs is given up in time, and tried again', async () => {
    await faulty.released();
    faulty.hangs('prepare');
    await shop.bench.until(async () => (await shop.journal()).postponed !== undefined, 'the deadline');
    expect((await shop.journal()).quarantine).to.deep.equal([]);
    await shop.settlesAt(NEW);
  });

  it('T54 I14 a version that this platform cannot run is not tried, and what runs stays up', async () => {
    const undeploys = shop.calls('undeploy');
    await faulty.released({ unsupported: 'no such architecture' });
    await shop.bench.until(async () => (await shop.journal()).quarantine.length > 0, 'the quarantine');
    const status = await shop.settlesAt(OLD);
    expect(status.quarantine?.[0]).to.deep.include({ version: NEW, reason: 'NotPrepared' });
    expect(shop.calls('undeploy')).to.equal(undeploys);
  });

  it('T64 where the set finds no room the app comes up again as it was', async () => {
    await faulty.released();
    await shop.bench.until(faulty.isAt('Upgrade TakeDown'), 'the app down');
    faulty.fail('volumes', 'NoSpace', 7);
    await faulty.rolledBack('Failed: volumes is away');
    expect(await readdir(faulty.under('sets')).catch(() => [])).to.deep.equal([]);
  });

  for (const [why, code] of [
    ['T04 is refused', 'CommandFailed'],
    ['is said to be wrong by the platform', 'InvalidInput'],
  ] as const)
    it(`a deploy that ${why} is rolled back`, async () => {
      await faulty.released();
      await shop.bench.until(faulty.isAt('Upgrade Snapshot'), 'the set');
      faulty.fail('deploy', code);
      await faulty.rolledBack('deploy is away');
    });

  for (const [method, place] of [
    ['undeploy', 'Upgrade Preflight'],
    ['deploy', 'Upgrade Snapshot'],
  ] as const)
    it(`T69 an upgrade whose ${method} hangs beyond its time is rolled back${method === 'deploy' ? '' : ' @nightly'}`, async () => {
      await faulty.released();
      await shop.bench.until(faulty.isAt(place), place);
      faulty.hangs(method);
      await faulty.rolledBack('DeadlineExceeded');
    });

  it('T04 a deploy that dies half-way is rolled back', async () => {
    await faulty.released();
    await shop.bench.until(faulty.isAt('Upgrade Snapshot'), 'the set');
    shop.bench.platform.dieHalfway('deploy');
    await faulty.rolledBack('Failed');
  });

  for (const method of ['undeploy', 'observe', 'deploy', 'volumes', 'logs'] as const)
    it(`an engine that is away for a while in each step stops nothing: ${method}${method === 'undeploy' ? '' : ' @nightly'}`, async () => {
      await faulty.released(BROKEN);
      await shop.bench.until(faulty.isAt('Upgrade Preflight'), 'the upgrade');
      for (let passes = 0; passes < 200 && (await shop.journal()).history[0]?.result !== 'RolledBack'; passes += 1) {
        if (passes % 2 === 0) faulty.fail(method, 'Unreachable');
        await shop.bench.step();
      }
      await faulty.rolledBack('');
    });

  it('T60 evidence that cannot be had does not hold the rollback up', async () => {
    await faulty.released(BROKEN);
    faulty.fail('logs', 'Internal', 1_000);
    await faulty.rolledBack('');
  });

  it('T63 the clock of the wall goes back a day between two upgrades', async () => {
    await faulty.released();
    await shop.settlesAt(NEW);
    const { clock } = shop.bench;
    const now = clock.now.bind(clock);
    clock.now = () => now() - 86_400_000;
    await shop.release('1.2.0+1.2.0');
    await shop.bench.request(KEY, 'reconcile');
    await shop.settlesAt('1.2.0+1.2.0');
    expect((await shop.lastGood())?.version).to.equal('1.2.0+1.2.0');
  });

  it('what tidies may fail for ever: the upgrade has ended well', async () => {
    await faulty.released();
    await shop.bench.until(faulty.isAt('Upgrade Deploy'), 'the deploy');
    await writeFile(join(shop.bench.settings.stateDirectory, 'apps', DOMAIN, 'restore.json'), 'garbage');
    await shop.settlesAt(NEW);
    expect((await shop.journal()).history[0]).to.deep.include({ version: NEW, result: 'Committed' });
    expect((await shop.lastGood())?.version).to.equal(NEW);
  });
});
