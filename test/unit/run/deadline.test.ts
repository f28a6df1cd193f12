import { expect } from 'chai';
import { nextStep, remainingMs } from '../../../controllers/run/steps/timeouts.ts';
import { attemptMemory, runFacts, runProgress, testingJournal } from '../../builders/run-facts.ts';

describe('deadlines of a run', () => {
  const journal = (stepStartedMs: number) =>
    testingJournal({ memory: attemptMemory({ cursor: { stage: 'Restore', step: 1 }, stepStartedMs }) });
  const timeouts = { totalMs: 100_000, stepMs: 5_000, teardownMs: 0 };

  it('of a step count from when it began', () => {
    const progress = runProgress({ Restore: 'Running' });
    const facts = runFacts({ journal: journal(10_000), progress, monotonicMs: 13_000, timeouts });
    expect(remainingMs(facts)).to.equal(2_000);
  });

  it('of the first step of a stage do not count what the stage before it took', () => {
    const passed = {
      Prepare: 'Passed',
      Lint: 'Passed',
      Install: 'Passed',
      Upgrade: 'Passed',
      Backup: 'Passed',
    } as const;
    const progress = runProgress({ ...passed, Restore: 'Unverified' });
    const facts = runFacts({ journal: journal(10_000), progress, monotonicMs: 14_900, timeouts });
    expect(nextStep(facts)).to.deep.equal({ stage: 'Custom', step: 0, begun: false });
    expect(remainingMs(facts)).to.equal(5_000);
  });

  it('of the whole run go before those of a step', () => {
    const progress = runProgress({ Restore: 'Running' });
    const facts = runFacts({ journal: journal(99_000), progress, monotonicMs: 99_000, timeouts });
    expect(remainingMs(facts)).to.equal(1_000);
  });

  it('are those of the run before there is an attempt', () => {
    expect(remainingMs(runFacts({ timeouts }))).to.equal(100_000);
  });
});
