import { expect } from 'chai';
import { newJournal, type RunJournal } from '../../../controllers/run/journal.ts';
import { runReconciler } from '../../../controllers/run/reconciler.ts';
import type { RunServices } from '../../../controllers/run/stage.ts';
import { silentLog } from '../../../lib/log.ts';
import { RunActivity } from '../../../lib/run-record/run-activity.ts';
import { RealmLeases } from '../../../lib/sso/realm-leases.ts';
import { storedRun } from '../../builders/stored-object.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

describe('what the mass guard counts of Runs', () => {
  const owns = async (journal: Partial<RunJournal>): Promise<boolean> => {
    const run = storedRun();
    const store = { list: () => [run], readJournal: async () => ({ ...newJournal('this'), ...journal }) };
    const settings = { maxRuns: 1, stateDirectory: '/state' };
    const leases = new RealmLeases(() => {});
    const runs = new RunActivity(() => {});
    const services = { store, settings, leases, runs, session: 'this', clock: new FakeClock(), log: silentLog };
    const kind = runReconciler(services as unknown as RunServices);
    expect(kind.owns(run), 'before it is loaded').to.equal(false);
    await kind.load();
    return kind.owns(run);
  };

  for (const [why, journal, wanted] of [
    ['under way', { step: 'Testing' }, true],
    ['over, with something left of its app', { step: 'Ended', tornDown: false }, true],
    ['over', { step: 'Ended', tornDown: true }, false],
    ['that waits', {}, false],
  ] as const) {
    it(`one ${why}: ${wanted ? 'yes' : 'no'}`, async () => {
      expect(await owns(journal)).to.equal(wanted);
    });
  }
});
