import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { condition } from '../run/bench.ts';
import { DOMAIN, KEY, migrating, NEW, OLD, Shop } from './warm-bench.ts';

const SIGNAL = new AbortController().signal;
/** What is beside them is the same but for a step. */
const NIGHTLY = ['Upgrade TakeDown', 'RollBack Restore'];
const BROKEN = { services: [{ name: 'app', conduct: 'CrashLoops' }] } as const;

describe('a warm service that is not wanted any more, or not as it is', function () {
  this.timeout(180_000);
  let shop: Shop;
  const app = (more: object = {}) => ({ recipe: 'shop', source: shop.recipe.directory, ...more });

  beforeEach(async () => {
    shop = await Shop.open();
  });
  afterEach(() => shop.close());

  const isGone = (): boolean => shop.bench.store.get(KEY) === undefined;
  const left = (): Promise<string[]> => shop.bench.platform.leftovers({ domain: DOMAIN }, SIGNAL);
  const claim = () => shop.bench.store.claims.get(DOMAIN);
  const isAt = (place: string) => async (): Promise<boolean> => {
    const { operation } = await shop.journal();
    return `${operation?.type} ${operation?.steps.done.at(-1)}` === place;
  };

  async function started(deletionPolicy: 'Retain' | 'Delete' = 'Delete'): Promise<void> {
    await shop.apply({ deletionPolicy });
    await shop.settlesAt(OLD);
    await writeFile(shop.file('order'), 'one');
  }

  async function deleted(): Promise<void> {
    await shop.bench.remove('shop');
    shop.bench.enqueue(KEY);
    await shop.bench.until(isGone, 'the deletion');
  }

  async function nothingIsLeft(): Promise<void> {
    expect(await left()).to.deep.equal([]);
    expect(await claim()).to.equal(undefined);
    const names = await readdir(join(shop.bench.settings.stateDirectory, 'warm')).catch(() => []);
    expect(names).to.deep.equal([]);
    expect(await shop.lastGood()).to.equal(undefined);
  }

  it('Retain leaves it running and forgets it; the file that comes back takes it up as it is', async () => {
    await started('Retain');
    const before = { deploys: shop.calls('deploy'), undeploys: shop.calls('undeploy') };
    await deleted();
    expect(await left()).to.not.be.empty;
    expect(await claim()).to.equal(undefined);
    await shop.apply({ deletionPolicy: 'Retain' });
    await shop.settlesAt(OLD);
    expect({ deploys: shop.calls('deploy'), undeploys: shop.calls('undeploy') }).to.deep.equal(before);
    expect(await shop.data('order')).to.equal('one');
  });

  it('I16 what was retained under a name is taken up by no other recipe, and at no other domain', async () => {
    await started('Retain');
    await deleted();
    await shop.apply({ app: app({ recipe: 'other' }) });
    expect(condition(await shop.is('Accepted', 'False/ImmutableField'), 'Ready')).to.equal('False/ImmutableField');
    await shop.apply({ app: app({ domain: 'shop.example.org' }) });
    await shop.is('Accepted', 'False/ImmutableField');
    await shop.apply({ app: app() });
    await shop.settlesAt(OLD);
  });

  it('Delete removes app, data, sets and claim, which listings show', async () => {
    await started();
    await shop.release(NEW);
    await shop.bench.request(KEY, 'reconcile');
    await shop.settlesAt(NEW);
    await deleted();
    await nothingIsLeft();
  });

  for (const place of ['Upgrade TakeDown', 'Upgrade Deploy', 'RollBack SetAside', 'RollBack Restore'])
    it(`T72 Delete after ${place} ends that first, and then removes all${NIGHTLY.includes(place) ? ' @nightly' : ''}`, async () => {
      await started();
      await shop.release(NEW, migrating(NEW, place.startsWith('Upgrade') ? {} : BROKEN));
      await shop.bench.request(KEY, 'reconcile');
      await shop.bench.until(isAt(place), place);
      await deleted();
      await nothingIsLeft();
    });

  it('T72 Retain in mid-upgrade leaves an app that runs, with its data', async () => {
    await started('Retain');
    await shop.release(NEW);
    await shop.bench.request(KEY, 'reconcile');
    await shop.bench.until(isAt('Upgrade Snapshot'), 'the set');
    await deleted();
    const { deployed, commit } = await shop.bench.platform.observe({ domain: DOMAIN }, SIGNAL);
    expect({ deployed, commit }).to.deep.equal({ deployed: true, commit: (await shop.lastGood())?.commit });
    expect([await shop.data('schema'), await shop.data('order')]).to.deep.equal([NEW, 'one']);
  });

  it('Delete after a rollback that failed removes all', async () => {
    await started();
    await shop.release(NEW, migrating(NEW, BROKEN));
    shop.bench.platform.behave(shop.old, BROKEN);
    await shop.bench.request(KEY, 'reconcile');
    await shop.is('Stalled', 'True/RollbackFailed');
    await deleted();
    await nothingIsLeft();
  });

  it('T16 I17 a domain that a Canonical holds is refused, and nothing is touched there, not by the deletion either', async () => {
    await shop.bench.write('Canonical', 'canon', { app: app({ domain: DOMAIN }), seed: 'Manual' });
    await shop.bench.until(async () => (await claim())?.kind === 'Canonical', 'the claim of the canonical');
    await shop.apply({ deletionPolicy: 'Delete' });
    const status = await shop.is('Accepted', 'False/DomainConflict');
    expect(condition(status, 'Ready')).to.equal('False/DomainConflict');
    await deleted();
    const changing = ['deploy', 'undeploy', 'destroy'];
    expect(shop.bench.platform.calls.filter(({ method }) => changing.includes(method))).to.deep.equal([]);
    expect((await claim())?.kind).to.equal('Canonical');
  });

  it('T102 another domain or recipe is refused, and what is in force goes on', async () => {
    await started();
    for (const other of [{ domain: 'shop.example.org' }, { recipe: 'other' }]) {
      await shop.apply({ app: app(other) });
      const status = await shop.is('Accepted', 'False/ImmutableField');
      expect(condition(status, 'Ready')).to.equal('True/Healthy');
      expect(status.domain).to.equal(DOMAIN);
    }
    shop.bench.platform.meddle(DOMAIN, 'removed', 'Gone');
    await shop.bench.pass(KEY);
    await shop.bench.until(async () => (await shop.journal()).repairs.length === 1, 'the repair');
  });

  it('suspended, it is left as it is until resumed', async () => {
    await started();
    await shop.bench.request(KEY, 'suspend');
    await shop.is('Ready', 'False/Suspended');
    shop.bench.platform.meddle(DOMAIN, 'removed', 'Gone');
    await shop.release(NEW);
    const deploys = shop.calls('deploy');
    for (let pass = 0; pass < 5; pass += 1) await shop.bench.pass(KEY);
    expect(shop.calls('deploy')).to.equal(deploys);
    await shop.bench.request(KEY, 'resume');
    await shop.settlesAt(NEW);
  });

  it('comes after what it depends on, at the first deploy and after each start', async () => {
    const { bench } = shop;
    const domains = (): string[] =>
      bench.platform.calls.filter(({ method }) => method === 'deploy').map(({ domain = '' }) => domain);
    await shop.apply({ dependsOn: [{ warmService: 'base' }] });
    const status = await shop.is('Reconciling', 'True/DependsOn');
    expect(status.conditions.find(({ type }) => type === 'Reconciling')?.message).to.include('ws/base');
    expect(domains()).to.deep.equal([]);
    await bench.write('WarmService', 'base', { app: app() });
    await shop.settlesAt(OLD);
    const base = 'warm-base.ci.example.org';
    expect(domains()).to.deep.equal([base, DOMAIN]);
    for (const domain of [DOMAIN, base]) bench.platform.meddle(domain, 'rebooted', 'Gone');
    await bench.restart();
    await bench.until(() => domains().length === 4, 'both again');
    expect(domains().slice(2)).to.deep.equal([base, DOMAIN]);
  });

  it('T61 a circle of services is said to both, and neither is deployed', async () => {
    await shop.apply({ dependsOn: [{ warmService: 'base' }] });
    await shop.bench.write('WarmService', 'base', { app: app(), dependsOn: [{ warmService: 'shop' }] });
    const status = await shop.is('Stalled', 'True/DependencyCycle');
    const said = status.conditions.find(({ type }) => type === 'Stalled')?.message;
    expect(said).to.include('ws/shop').and.to.include('ws/base');
    expect(shop.calls('deploy')).to.equal(0);
  });
});
