import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { columnsOf } from '../../../lib/columns/columns.ts';
import { storedRun } from '../../builders/stored-object.ts';

describe('the columns of runs', () => {
  const stage = (status: Partial<RunStatus>) => {
    const view = { object: storedRun(), status: { observedGeneration: 1, conditions: [], ...status } };
    return columnsOf('Run', 'Table')
      .find(({ header }) => header === 'STAGE')
      ?.cell(view as never);
  };

  it('say what a run waits for, and at which place; else its stage', () => {
    expect(stage({ queue: { reason: 'MemoryFloor', position: 2 } })).to.equal('MemoryFloor (place 2)');
    expect(stage({ queue: { reason: 'DiskFloor' } })).to.equal('DiskFloor');
    expect(stage({ stages: [{ name: 'Lint', result: 'Running' }] })).to.equal('Lint');
  });
});
