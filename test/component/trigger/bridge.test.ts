import { expect } from 'chai';
import { Bridge } from '../../../controllers/trigger/bridge.ts';
import { systemClock } from '../../../lib/clock.ts';
import { readTriggerStatuses } from '../../../lib/forge/trigger-status.ts';
import { REPOSITORY, TriggerBench } from './trigger-bench.ts';

const POLL_MS = 50;
const PATIENCE_MS = 60_000;

describe('the bridge to a forge', function () {
  this.timeout(2 * PATIENCE_MS);
  let bench: TriggerBench;
  let bridge: Bridge;

  beforeEach(async () => {
    bench = await TriggerBench.open({ pollIntervalMs: POLL_MS });
    begin();
    await until('the repository is watched', async () => (await state()) === 'Watching');
  });
  afterEach(async () => {
    await bridge.stop();
    await bench.close();
  });

  function begin(): void {
    bridge = new Bridge(bench.services(systemClock));
    bridge.start();
  }

  const state = async (): Promise<string | undefined> => (await readTriggerStatuses(bench.state))[0]?.state;
  const command = (body = '!testme') => bench.gitea.comment(REPOSITORY, 1, 'member', body);
  const polls = (): number => bench.gitea.calls.filter(({ path }) => path.endsWith('/issues/comments')).length;

  async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = systemClock.monotonicMs() + PATIENCE_MS; !(await look()); await systemClock.sleep(10))
      if (systemClock.monotonicMs() > end) throw new Error(`never happened: ${what}`);
  }

  /** So many polls have begun since. */
  async function afterPolls(count: number): Promise<void> {
    const before = polls();
    await until(`${count} polls`, () => polls() >= before + count);
  }

  it('starts runs and tells how they end', async () => {
    await command();
    await until('a run', () => bench.runs().length === 1);
    await until('the first status', () => bench.states().length === 1);
    await bench.ends(bench.run());
    bridge.runChanged();
    await until('the last status', () => bench.states().at(-1) === 'success');
  });

  it('tells metrics what it watches, and what the forge does not have yet', async () => {
    const { activity } = bridge;
    expect(activity.polls().map(({ repository }) => repository)).to.deep.equal([REPOSITORY]);
    await until('a poll', () => activity.polls()[0]?.lastPollTime !== undefined);
    await until('the outbox to be looked at', () => activity.outbox() === 0);
    await bench.canonical('notes');
    await until('it to be left', () => activity.polls().length === 0);
  });

  it('wakes the poller of a repository, in whatever case, and knows strangers', () => {
    expect(bridge.wake(REPOSITORY)).to.equal(true);
    expect(bridge.wake('Recipes/Notes')).to.equal(true);
    expect(bridge.wake('recipes/other')).to.equal(false);
  });

  it('answers runs of a repository that nobody names any more, and starts nothing of meanwhile when it comes back', async () => {
    await command();
    await until('a run', () => bench.runs().length === 1);
    await bench.canonical('notes');
    await until('the end of the trigger', async () => (await state()) === 'NotEnrolled');
    await command('!testme --quick');
    await bench.ends(bench.run());
    bridge.runChanged();
    await until('the last status', () => bench.states().at(-1) === 'success');
    await bench.canonical('notes', REPOSITORY);
    await until('the repository to be watched', async () => (await state()) === 'Watching');
    await afterPolls(2);
    expect(bench.runs()).to.have.length(1);
    await command();
    await until('another run', () => bench.runs().length === 2);
  });

  it('goes on after a restart with what a repository that nobody names any more is still to be told', async () => {
    await command();
    await until('a run', () => bench.runs().length === 1);
    await until('the first status', () => bench.states().length === 1);
    await bridge.stop();
    await bench.canonical('notes');
    await bench.ends(bench.run());
    begin();
    await until('the last status', () => bench.states().at(-1) === 'success');
    await until('the end of the trigger', async () => (await state()) === 'NotEnrolled');
  });

  it('gives a repository that two Canonicals name to the older one, and says so to the other', async () => {
    await bench.canonical('other', REPOSITORY);
    await until('the event', async () =>
      (await bench.events('other')).some(({ reason }) => reason === 'DuplicateRepository'),
    );
    await command();
    await until('a run', () => bench.runs().length === 1);
    expect(bench.run().spec).to.include({ recipe: 'notes' });
    await afterPolls(2);
    const told = (await bench.events('other')).filter(({ reason }) => reason === 'DuplicateRepository');
    expect(told).to.have.length(1);
  });
});
