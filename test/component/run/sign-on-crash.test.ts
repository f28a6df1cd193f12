import { expect } from 'chai';
import type { RunJournal } from '../../../controllers/run/journal.ts';
import { condition } from './bench.ts';
import { SERVICE, SignOn, WARM_DOMAIN } from './sign-on-bench.ts';

/** Where an attempt is, as its journal says: the stage, and its next step. */
function placeOf({ step, memory }: RunJournal): string {
  return step === 'Testing' ? `${memory?.cursor.stage} ${memory?.cursor.step}` : step;
}

describe('sign-on in runs, when the controller dies', function () {
  this.timeout(300_000);
  let signOn: SignOn;

  beforeEach(async () => {
    signOn = await SignOn.open();
    await signOn.up();
    await signOn.enrol();
  });
  afterEach(() => signOn.close());

  const nothingIsLeft = async (): Promise<void> => {
    const { platform, store } = signOn.bench;
    expect(signOn.warm.realms.names()).to.deep.equal(['master']);
    const apps = await platform.apps(new AbortController().signal);
    expect(apps.map(({ domain }) => domain)).to.deep.equal([WARM_DOMAIN]);
    expect((await store.claims.list()).map(({ kind }) => kind).sort()).to.deep.equal(['Canonical', 'WarmService']);
  };

  /** Kills the controller each time the attempt is at a place where it was not killed yet, and cancels before the budget is used up. */
  const killEverywhere = async (wanted: (place: string) => boolean): Promise<string[]> => {
    const killed: string[] = [];
    for (let at = 0; ; at += 1) {
      const name = `r${at}`;
      await signOn.run(name);
      const isNew = ({ place, over }: { place: string; over: boolean }) =>
        over || (wanted(place) && !killed.includes(place));
      const journal = await signOn.when(
        name,
        (one) => isNew({ place: placeOf(one), over: one.collected === true }),
        'a place',
      );
      if (journal.collected) return killed;
      killed.push(placeOf(journal));
      await signOn.bench.restart();
      const status = await signOn.bench.finish(name);
      expect(condition(status, 'Succeeded'), killed.at(-1)).to.equal('True/Passed');
      await nothingIsLeft();
    }
  };

  it('I8 between any two steps of Prepare: the realm is gone, and the run goes green', async () => {
    const killed = await killEverywhere((place) => /^(Prepare ([6-9]|1\d)|Lint 0)$/.test(place));
    expect(killed).to.have.length.greaterThan(4);
  });

  it('I8 between any two steps of Prepare, with a provider of its own @nightly', async () => {
    void signOn.gates.warm.fail({ conduct: { status: 503 } });
    const killed = await killEverywhere((place) => /^(Prepare ([6-9]|1\d)|Lint 0)$/.test(place));
    expect(killed).to.have.length.greaterThan(4);
  });

  it('I8 between teardown and end, and at each later stage @nightly', async () => {
    const killed = await killEverywhere((place) => !place.startsWith('Prepare'));
    expect(killed).to.include('TearingDown');
  });

  it('I8 right after the provider made the realm, and before anybody noted that', async () => {
    await signOn.run('r1');
    const { store } = signOn.bench;
    const write = store.writeJournal.bind(store);
    let isDead = false;
    store.writeJournal = async (key, journal) => {
      isDead ||= key.kind === 'Run' && signOn.warm.realms.names().length > 1;
      if (isDead) throw new Error('the controller died');
      await write(key, journal);
    };
    await signOn.bench.until(() => isDead, 'a realm that nobody noted');
    expect(signOn.warm.realms.names()).to.have.length(2);
    await signOn.bench.restart();
    expect(condition(await signOn.bench.finish('r1'), 'Succeeded')).to.equal('True/Passed');
    await nothingIsLeft();
  });

  it('WC1b an upgrade of the provider waits for the realm of an attempt that died with the controller', async () => {
    const { bench } = signOn;
    await signOn.run('r1');
    await signOn.when('r1', ({ memory }) => memory?.cursor.stage === 'Install', 'a realm in use');
    await signOn.release('1.1.0+26.1.0');
    await bench.restart();
    // Nobody looked at the run since.
    for (let pass = 0; pass < 10; pass += 1) await bench.pass(SERVICE);
    const { leases = [], nextAction, operation } = await signOn.service();
    expect([nextAction?.reason, operation]).to.deep.equal(['InUse', undefined]);
    expect(leases.map(({ run }) => run)).to.deep.equal(['r1']);
    expect(condition(await bench.finish('r1'), 'Succeeded')).to.equal('True/Passed');
    await bench.until(async () => (await signOn.service()).version?.current === '1.1.0+26.1.0', 'the upgrade');
    await nothingIsLeft();
    expect((await signOn.service()).leases).to.equal(undefined);
  });
});
