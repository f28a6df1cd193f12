import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import { failedSetId } from '../../../lib/known-good/warm-home.ts';
import type { Platform } from '../../../lib/platform/platform.ts';
import { readManifest } from '../../../lib/snapshot/manifest.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { condition } from '../run/bench.ts';
import { DOMAIN, KEY, migrating, NEW, OLD, Shop } from './warm-bench.ts';

const BROKEN = { services: [{ name: 'app', conduct: 'CrashLoops' }] } as const;

describe('a warm service whose upgrade meets faults', function () {
  this.timeout(180_000);
  let shop: Shop;

  beforeEach(async () => {
    shop = await Shop.open();
    await shop.apply();
    await shop.settlesAt(OLD);
    await writeFile(shop.file('order'), 'one');
  });
  afterEach(() => shop.close());

  const under = (...path: string[]): string => join(shop.bench.settings.stateDirectory, 'warm/shop', ...path);
  const data = async (): Promise<string[]> => [await shop.data('schema'), await shop.data('order')];
  const fail = (method: keyof Platform, code: ErrorCode, times = 1): void => {
    for (let at = 0; at < times; at += 1) shop.bench.platform.failNext(method, new CcError(code, `${method} is away`));
  };
  const isAt = (place: string) => async (): Promise<boolean> => {
    const { operation } = await shop.journal();
    return `${operation?.type} ${operation?.steps.done.at(-1) ?? ''}`.trim() === place;
  };

  /** The next call of the method hangs, and the time of the step that makes it is over at once. */
  function hangs(method: 'prepare' | 'deploy' | 'undeploy'): void {
    const { clock, platform } = shop.bench;
    const { after } = clock;
    const deadlines: (() => void)[] = [];
    clock.after = (ms, run) => {
      if (ms > 60_000) deadlines.push(run);
      return after(ms, run);
    };
    const call = platform[method].bind(platform) as (...args: unknown[]) => Promise<unknown>;
    platform.hangNext(method);
    Object.assign(platform, {
      [method]: (...args: unknown[]) => {
        Object.assign(platform, { [method]: call });
        clock.after = after;
        const called = call(...args);
        for (const run of deadlines) run();
        return called;
      },
    });
  }

  async function released(more: Parameters<typeof migrating>[1] = {}): Promise<void> {
    await shop.release(NEW, migrating(NEW, more));
    await shop.bench.request(KEY, 'reconcile');
  }

  async function rolledBack(reason: string): Promise<void> {
    await shop.bench.until(async () => (await shop.journal()).history[0]?.result === 'RolledBack', 'the rollback');
    const status = await shop.settlesAt(OLD);
    expect(status.history?.[0]?.message).to.include(reason);
    expect(await data()).to.deep.equal([OLD, 'one']);
  }

  async function stalls(): Promise<void> {
    const status = await shop.is('Stalled', 'True/RollbackFailed');
    expect(condition(status, 'Ready')).to.equal('False/RollbackFailed');
    expect(status.nextAction?.reason).to.equal('RollbackFailed');
    const before = { calls: shop.bench.platform.calls.length, journal: await shop.journal() };
    for (let pass = 0; pass < 5; pass += 1) await shop.bench.pass(KEY);
    await shop.bench.restart();
    for (let pass = 0; pass < 5; pass += 1) await shop.bench.pass(KEY);
    expect({ calls: shop.bench.platform.calls.length, journal: await shop.journal() }).to.deep.equal(before);
    expect(before.journal.history.map(({ result }) => result)).to.deep.equal(['RollbackFailed', 'Committed']);
    expect((await shop.lastGood())?.version).to.equal(OLD);
  }

  /** T55 What was gone back from is not tried again, though everything else is. */
  async function isOverAtOnce(): Promise<void> {
    for (let pass = 0; pass < 5; pass += 1) await shop.bench.pass(KEY);
    const { history, operation, quarantine } = await shop.journal();
    expect(history.map(({ result }) => result)).to.deep.equal(['RolledBack', 'RollbackFailed', 'Committed']);
    expect({ operation, left: quarantine.map(({ version }) => version) }).to.deep.equal({
      operation: undefined,
      left: [NEW],
    });
  }

  it('T54 a registry that is down touches nothing, and says nothing of the version', async () => {
    await released();
    fail('prepare', 'Unreachable', 7);
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
    await released();
    hangs('prepare');
    await shop.bench.until(async () => (await shop.journal()).postponed !== undefined, 'the deadline');
    expect((await shop.journal()).quarantine).to.deep.equal([]);
    await shop.settlesAt(NEW);
  });

  it('T54 I14 a version that this platform cannot run is not tried, and what runs stays up', async () => {
    const undeploys = shop.calls('undeploy');
    await released({ unsupported: 'no such architecture' });
    await shop.bench.until(async () => (await shop.journal()).quarantine.length > 0, 'the quarantine');
    const status = await shop.settlesAt(OLD);
    expect(status.quarantine?.[0]).to.deep.include({ version: NEW, reason: 'Failed' });
    expect(shop.calls('undeploy')).to.equal(undeploys);
  });

  it('T64 where the set finds no room the app comes up again as it was', async () => {
    await released();
    await shop.bench.until(isAt('Upgrade TakeDown'), 'the app down');
    fail('volumes', 'NoSpace', 7);
    await rolledBack('Failed: volumes is away');
    expect(await readdir(under('sets')).catch(() => [])).to.deep.equal([]);
  });

  for (const [why, code] of [
    ['T04 is refused', 'CommandFailed'],
    ['is said to be wrong by the platform', 'InvalidInput'],
  ] as const)
    it(`a deploy that ${why} is rolled back`, async () => {
      await released();
      await shop.bench.until(isAt('Upgrade Snapshot'), 'the set');
      fail('deploy', code);
      await rolledBack('deploy is away');
    });

  for (const [method, place] of [
    ['undeploy', 'Upgrade Preflight'],
    ['deploy', 'Upgrade Snapshot'],
  ] as const)
    it(`T69 an upgrade whose ${method} hangs beyond its time is rolled back${method === 'deploy' ? '' : ' @nightly'}`, async () => {
      await released();
      await shop.bench.until(isAt(place), place);
      hangs(method);
      await rolledBack('DeadlineExceeded');
    });

  it('T04 a deploy that dies half-way is rolled back', async () => {
    await released();
    await shop.bench.until(isAt('Upgrade Snapshot'), 'the set');
    shop.bench.platform.dieHalfway('deploy');
    await rolledBack('Failed');
  });

  for (const method of ['undeploy', 'observe', 'deploy', 'volumes', 'logs'] as const)
    it(`an engine that is away for a while in each step stops nothing: ${method}${method === 'undeploy' ? '' : ' @nightly'}`, async () => {
      await released(BROKEN);
      await shop.bench.until(isAt('Upgrade Preflight'), 'the upgrade');
      for (let passes = 0; passes < 200 && (await shop.journal()).history[0]?.result !== 'RolledBack'; passes += 1) {
        if (passes % 2 === 0) fail(method, 'Unreachable');
        await shop.bench.step();
      }
      await rolledBack('');
    });

  it('T60 evidence that cannot be had does not hold the rollback up', async () => {
    await released(BROKEN);
    fail('logs', 'Internal', 1_000);
    await rolledBack('');
  });

  it('what a rollback replaces is a set of its own, with what was written since', async () => {
    await released({
      ...BROKEN,
      onStart: async ([volume]) => {
        await writeFile(join(volume?.path ?? '', 'schema'), NEW);
        await writeFile(join(volume?.path ?? '', 'order'), 'two');
      },
    });
    await rolledBack('');
    const [id = ''] = await readdir(under('asides'));
    const [failed, set] = [
      await readManifest(under('asides', id)),
      await readManifest(under('sets', id.replace(/-failed$/, ''))),
    ];
    expect(failed).to.deep.include({ id, version: NEW });
    expect(await readFile(under('asides', id, 'volumes/data/order'), 'utf8')).to.equal('two');
    expect(await readFile(under('asides', id, 'volumes/data/schema'), 'utf8')).to.equal(NEW);
    expect(Date.parse(failed?.createdTime ?? '')).to.be.at.least(Date.parse(set?.createdTime ?? 'never'));
  });

  it('T64 want of room for what a rollback replaces does not stop it', async () => {
    await released(BROKEN);
    await shop.bench.until(isAt('RollBack TakeDown'), 'the rollback');
    const calls = await FileCalls.on(shop.bench.settings.stateDirectory);
    calls.failNext(/^rename .*→ .*asides\/[^/]*\/volumes\/data/, 'ENOSPC');
    try {
      await rolledBack('');
    } finally {
      calls.stop();
    }
    expect(await readdir(under('sets'))).to.have.length(1);
  });

  it('VersionOnly goes back without a set, and leaves the data as it is', async () => {
    const app = { recipe: 'shop', source: shop.recipe.directory };
    await shop.apply({ app, rollback: { strategy: 'VersionOnly' } });
    await released(BROKEN);
    await shop.bench.until(async () => (await shop.journal()).history[0]?.result === 'RolledBack', 'the rollback');
    await shop.settlesAt(OLD);
    expect(await readdir(under('sets')).catch(() => [])).to.deep.equal([]);
    expect(await shop.data('order')).to.equal('one');
  });

  for (const [from, to] of [
    ['Snapshot', 'VersionOnly'],
    ['VersionOnly', 'Snapshot'],
  ] as const)
    it(`a strategy that becomes ${to} in mid-upgrade counts as it was: what was made is what there is`, async () => {
      const app = { recipe: 'shop', source: shop.recipe.directory };
      await shop.apply({ app, rollback: { strategy: from } });
      await released(BROKEN);
      await shop.bench.until(isAt('Upgrade Snapshot'), 'the step of the set');
      await shop.apply({ app, rollback: { strategy: to } });
      await shop.bench.until(async () => (await shop.journal()).history[0]?.result === 'RolledBack', 'the rollback');
      await shop.settlesAt(OLD);
      expect(await shop.data('order')).to.equal('one');
      expect((await readdir(under('sets')).catch(() => [])).length).to.equal(from === 'Snapshot' ? 1 : 0);
    });

  for (const [when, place] of [
    ['before the rollback begins', 'RollBack'],
    ['after its live data went aside', 'RollBack SetAside'],
  ] as const)
    it(`a set that is damaged ${when} stalls, keeps everything, and is gone back to once it is mended`, async () => {
      await released(BROKEN);
      await shop.bench.until(isAt(place), place);
      const id = (await shop.journal()).operation?.id ?? '';
      const file = under('sets', id, 'volumes/data/order');
      await writeFile(file, 'spoiled');
      await stalls();
      const kept = place === 'RollBack' ? shop.file('schema') : under('asides', failedSetId(id), 'volumes/data/schema');
      expect(await readFile(kept, 'utf8')).to.equal(NEW);
      await writeFile(file, 'one');
      await shop.bench.request(KEY, 'retry');
      await rolledBack('');
      await isOverAtOnce();
      expect(await readFile(under('asides', failedSetId(id), 'volumes/data/schema'), 'utf8')).to.equal(NEW);
    });

  it('a rollback that is not healthy itself stalls, and begins from the set again once it can', async () => {
    await released(BROKEN);
    const spoil = async ([volume]: readonly { path: string }[]): Promise<void> =>
      writeFile(join(volume?.path ?? '', 'order'), 'spoiled');
    shop.bench.platform.behave(shop.old, { ...BROKEN, onStart: spoil });
    await stalls();
    shop.bench.platform.behave(shop.old, migrating(OLD));
    await shop.bench.request(KEY, 'retry');
    await rolledBack('');
    await isOverAtOnce();
  });

  it('T63 the clock of the wall goes back a day between two upgrades', async () => {
    await released();
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
    await released();
    await shop.bench.until(isAt('Upgrade Deploy'), 'the deploy');
    await writeFile(join(shop.bench.settings.stateDirectory, 'apps', DOMAIN, 'restore.json'), 'garbage');
    await shop.settlesAt(NEW);
    expect((await shop.journal()).history[0]).to.deep.include({ version: NEW, result: 'Committed' });
    expect((await shop.lastGood())?.version).to.equal(NEW);
  });
});
