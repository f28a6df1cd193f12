import { expect } from 'chai';
import { driftsOf } from '../../builders/warm-events.ts';
import { BROKEN, FaultyShop } from './faulty-shop.ts';
import { DOMAIN, KEY, NEW, OLD, type Shop } from './warm-bench.ts';

describe('a warm service that somebody changes in the middle of an operation', function () {
  this.timeout(180_000);
  let faulty: FaultyShop;
  let shop: Shop;

  beforeEach(async () => {
    faulty = await FaultyShop.open();
    shop = faulty.shop;
  });
  afterEach(() => shop.close());

  /** Once that operation has deployed the app, and before anybody looks whether it is healthy. */
  async function meddleAfter(
    deploy: 'Upgrade Deploy' | 'RollBack Deploy' | 'Recover Deploy',
    what: string,
  ): Promise<void> {
    await shop.bench.until(() => isWaiting(deploy), deploy);
    shop.bench.platform.meddle(DOMAIN, what);
  }

  /** Once more than is made good. */
  async function meddleTooOften(deploy: Parameters<typeof meddleAfter>[0]): Promise<void> {
    for (let change = 0; change <= 5; change += 1) {
      await meddleAfter(deploy, 'scaled');
      await shop.bench.until(async () => !(await isWaiting(deploy)), `change ${change} to be seen`);
    }
  }

  async function isWaiting(deploy: string): Promise<boolean> {
    return (await faulty.isAt(deploy)()) && (await shop.journal()).operation?.steps.failure === undefined;
  }

  const drifts = (): Promise<string[]> => driftsOf(shop.bench.settings.stateDirectory, 'shop');

  it('an upgrade deploys again and is done: what others did says nothing of the version', async () => {
    await faulty.released();
    await meddleAfter('Upgrade Deploy', 'scaled');
    await shop.settlesAt(NEW);
    expect(await drifts()).to.deep.equal([`scaled: ${NEW} is deployed again`]);
    expect(await faulty.data()).to.deep.equal([NEW, 'one']);
    const { quarantine, repairs, history } = await shop.journal();
    expect({ quarantine, repairs }).to.deep.equal({ quarantine: [], repairs: [] });
    expect(history.map(({ result }) => result)).to.deep.equal(['Committed', 'Committed']);
  });

  it('I5 a rollback deploys again and ends with its data, a restart of the controller in between', async () => {
    await faulty.released(BROKEN);
    await meddleAfter('RollBack Deploy', 'the supervisor of service app is gone');
    await shop.bench.restart();
    await faulty.rolledBack('');
    expect(await drifts()).to.have.length(1);
  });

  it('I15 an upgrade that is changed after each deploy goes back in the end, to the set of before', async () => {
    await faulty.released();
    await meddleTooOften('Upgrade Deploy');
    await faulty.rolledBack('ChangedByOthers: scaled');
    expect(await drifts()).to.have.length(5);
    expect((await shop.journal()).quarantine[0]).to.include({ version: NEW, reason: 'ChangedByOthers' });
  });

  it('a repair is followed by another one, which counts', async () => {
    shop.bench.platform.meddle(DOMAIN, 'removed', 'Gone');
    await shop.bench.pass(KEY);
    await meddleAfter('Recover Deploy', 'scaled');
    await shop.settlesAt(OLD);
    expect((await shop.journal()).repairs).to.have.length(2);
    expect(await drifts()).to.deep.equal(
      ['the app is gone', 'scaled'].map((what) => `${what}: ${OLD} is deployed again`),
    );
  });

  it('T56 a rollback that is changed after each deploy is given up, and a retry counts anew', async () => {
    await faulty.released(BROKEN);
    await meddleTooOften('RollBack Deploy');
    await faulty.stalls();
    await shop.bench.request(KEY, 'retry');
    await meddleAfter('RollBack Deploy', 'scaled');
    await faulty.rolledBack('');
    expect(await drifts()).to.have.length(6);
  });
});
