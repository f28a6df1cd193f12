import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { WarmServiceStatus } from '../../../lib/api/index.ts';
import { CcError } from '../../../lib/errors.ts';
import { condition } from '../run/bench.ts';
import { DOMAIN, KEY, migrating, NEW, Shop } from './warm-bench.ts';

const NEWER = '1.2.0+1.2.0';
/** Asks for a secret that nobody has given: one would be made up. */
const EXTRA = `version: "3.8"
services:
  app:
    secrets: [token]
secrets:
  token: { external: true, name: "\${STACK_NAME}_token_\${SECRET_TOKEN_VERSION}" }
`;

describe('an edit of what a warm service is deployed with', function () {
  this.timeout(180_000);
  let shop: Shop;

  beforeEach(async () => {
    shop = await Shop.open();
    await shop.recipe.write('compose.extra.yml', EXTRA);
    await shop.release(NEW);
    await shop.apply();
    await shop.settlesAt(NEW);
    await writeFile(shop.file('order'), 'one');
  });
  afterEach(() => shop.close());

  const app = () => ({ recipe: 'shop', source: shop.recipe.directory });
  const greets = { env: { GREETING: 'hello' } };
  const held = {
    env: { GREETING: 'hello', SECRET_TOKEN_VERSION: 'v1' },
    composeFiles: ['compose.yml', 'compose.extra.yml'],
  };
  const env = (): Promise<string> => readFile(join(shop.bench.settings.stateDirectory, 'apps', DOMAIN, 'env'), 'utf8');
  async function edit(fields: object): Promise<void> {
    await shop.apply({ app: { ...app(), ...fields } });
    await shop.bench.pass(KEY);
  }
  const isHistory =
    (...results: string[]) =>
    async (): Promise<boolean> =>
      (await shop.journal()).history.map(({ result }) => result).join() === results.join();
  async function restsAt(version: string): Promise<WarmServiceStatus> {
    await shop.settlesAt(version);
    const deploys = shop.calls('deploy');
    for (let pass = 0; pass < 5; pass += 1) await shop.bench.pass(KEY);
    expect(shop.calls('deploy')).to.equal(deploys);
    return await shop.settlesAt(version);
  }

  it('I5 is deployed like an upgrade, with a set of the data from before', async () => {
    await edit(greets);
    await shop.bench.until(isHistory('Committed', 'Committed'), 'the deploy');
    expect(await env()).to.include('GREETING=hello');
    const set = join(shop.bench.settings.stateDirectory, 'warm/shop/sets', (await shop.lastGood())?.set ?? '');
    expect(await readFile(join(set, 'env'), 'utf8')).not.to.include('GREETING');
    const status = await restsAt(NEW);
    expect(status.conditions.some(({ type }) => type === 'Held')).to.equal(false);
  });

  it('I5 T55 that fails is taken back with data and env, told, and not tried again until somebody says so', async () => {
    await edit(greets);
    await shop.bench.until(async () => (await shop.journal()).operation?.type === 'Upgrade', 'the upgrade');
    shop.bench.platform.failNext('deploy', new CcError('CommandFailed', 'no such greeting'));
    await shop.bench.until(isHistory('RolledBack', 'Committed'), 'the rollback');
    const status = await restsAt(NEW);
    expect(condition(status, 'Held')).to.equal('True/EditFailed');
    expect(await env()).not.to.include('GREETING');
    expect([await shop.data('schema'), await shop.data('order')]).to.deep.equal([NEW, 'one']);
    expect(status.quarantine).to.equal(undefined);
    expect((await shop.alerts()).at(-1)).to.include({ reason: 'UpgradeRolledBack' });
    await shop.bench.restart();
    expect(condition(await restsAt(NEW), 'Held')).to.equal('True/EditFailed');
    await shop.bench.request(KEY, 'retry');
    await shop.bench.until(isHistory('Committed', 'RolledBack', 'Committed'), 'the deploy');
    expect(await env()).to.include('GREETING=hello');
  });

  it('WC1.2 T102 that the gate does not allow is held, said and told, and nothing is deployed with it', async () => {
    await edit(held);
    const status = await restsAt(NEW);
    expect(condition(status, 'Held')).to.equal('True/NeedsApproval');
    expect(status.conditions.find(({ type }) => type === 'Held')?.message).to.include('SecretNew token');
    expect(status.version).to.include({ current: NEW, held: NEW });
    expect((await shop.alerts()).map(({ reason }) => reason)).to.deep.equal(['UpgradeHeld']);
    shop.bench.platform.meddle(DOMAIN, 'removed', 'Gone');
    await shop.bench.pass(KEY);
    await shop.bench.until(async () => (await shop.journal()).repairs.length === 1, 'the repair');
    await restsAt(NEW);
    await shop.release(NEWER);
    await shop.bench.request(KEY, 'reconcile');
    await restsAt(NEWER);
    expect(await env()).not.to.include('GREETING');
    expect(await shop.data('order')).to.equal('one');
  });

  it('WC1.2 that is held is deployed once it is approved, and another edit is not', async () => {
    await edit(held);
    await shop.is('Held', 'True/NeedsApproval');
    await shop.bench.request(KEY, 'approve', { version: NEW });
    await shop.bench.until(isHistory('Committed', 'Committed'), 'the deploy');
    expect(await env()).to.include('GREETING=hello');
    const status = await restsAt(NEW);
    expect(status.conditions.some(({ type }) => type === 'Held')).to.equal(false);
    expect((await shop.journal()).approvedEdit).to.equal(undefined);
    await edit({ composeFiles: ['compose.yml', 'compose.gone.yml'] });
    expect(condition(await restsAt(NEW), 'Held')).to.equal('True/NeedsApproval');
  });

  it('T55 that is held is nothing new: a version that failed is not tried again for it', async () => {
    await shop.release(NEWER, migrating(NEWER, { services: [{ name: 'app', conduct: 'CrashLoops' }] }));
    await shop.bench.request(KEY, 'reconcile');
    await shop.bench.until(isHistory('RolledBack', 'Committed'), 'the rollback');
    await shop.settlesAt(NEW);
    await edit(held);
    await shop.is('Held', 'True/NeedsApproval');
    const status = await restsAt(NEW);
    expect(status.quarantine?.[0]).to.include({ version: NEWER });
    expect(await isHistory('RolledBack', 'Committed')()).to.equal(true);
  });

  it('T70 that is taken back by another edit leaves nothing held', async () => {
    await edit(held);
    await shop.is('Held', 'True/NeedsApproval');
    await edit({});
    const status = await restsAt(NEW);
    expect(status.conditions.some(({ type }) => type === 'Held')).to.equal(false);
    expect(await isHistory('Committed')()).to.equal(true);
  });

  it('mends an app that is not well, and is not undone', async () => {
    await shop.release(NEWER, migrating(NEWER));
    shop.bench.platform.crash(DOMAIN);
    await shop.is('Ready', 'False/Unhealthy');
    await edit(greets);
    await shop.bench.until(async () => (await shop.journal()).repairs.length === 1, 'the repair');
    await shop.settlesAt(NEWER);
    expect(await env()).to.include('GREETING=hello');
  });
});
