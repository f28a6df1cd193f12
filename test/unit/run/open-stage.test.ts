import { expect } from 'chai';
import type { StepContext } from '../../../controllers/run/stage.ts';
import { openStage } from '../../../controllers/run/stage-runner.ts';
import { nextStep } from '../../../controllers/run/steps/timeouts.ts';
import type { StageResult } from '../../../lib/api/index.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

describe('the opening of a stage', () => {
  const open = (result: StageResult['result'], cursor: { stage: string; step: number }) => {
    const stages = [{ name: 'Restore', result }];
    const memory = { cursor, stepStartedMs: 0 };
    const services = { clock: new FakeClock() };
    openStage({ stage: 'Restore', progress: { stages }, memory, services } as unknown as StepContext);
    return memory.cursor;
  };

  it('I8 begins at the first step where it was shown but not journaled: no step is passed over', () => {
    expect(open('Running', { stage: 'Backup', step: 2 })).to.deep.equal({ stage: 'Restore', step: 0 });
    expect(open('Pending', { stage: 'Backup', step: 2 })).to.deep.equal({ stage: 'Restore', step: 0 });
  });

  it('has the time of its own first step then, not of the stage after it', () => {
    const stages = (['Backup', 'Restore', 'Custom'] as const).map((name, index) => ({
      name,
      result: (['Passed', 'Running', 'Pending'] as const)[index],
    }));
    const journal = { memory: { cursor: { stage: 'Backup', step: 2 } } };
    const underway = { journal, progress: { stages } } as unknown as Parameters<typeof nextStep>[0];
    expect(nextStep(underway)).to.deep.equal({ stage: 'Restore', step: 0, begun: false });
  });

  it('goes on where it was', () => {
    expect(open('Running', { stage: 'Restore', step: 2 })).to.deep.equal({ stage: 'Restore', step: 2 });
  });
});
