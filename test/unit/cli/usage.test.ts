import { expect } from 'chai';
import type { StageResult } from '../../../lib/api/generated/types.ts';
import { usageLines } from '../../../lib/cli/print/describe-run.ts';

const MIB = 2 ** 20;
const stage = (name: StageResult['name'], ...services: object[]): StageResult =>
  ({ name, result: 'Passed', usage: { samples: 1, services } }) as StageResult;

describe('usageLines', () => {
  it('one line per service: the most of all stages, and where that was', () => {
    const lines = usageLines([
      stage('Install', { service: 'app', peakMemoryBytes: 412 * MIB, diskBytes: 3 * MIB }),
      { name: 'Lint', result: 'Passed' },
      stage('Upgrade', { service: 'app', peakMemoryBytes: 80 * MIB, diskBytes: 1_288_490_189 }),
    ]);
    expect(lines).to.deep.equal(['app: memory 412 MiB (Install), disk 1.2 GiB (Upgrade)']);
  });

  it('says why a figure is missing or a part, and never 0 for it', () => {
    const part = { service: 'db', memoryGap: 'NotRunning', diskBytes: 5 * MIB, diskGap: 'Cut' };
    expect(usageLines([stage('Install', part)])).to.deep.equal([
      'db: memory unknown (NotRunning), disk at least 5.0 MiB (Install, Cut)',
    ]);
  });

  it('a hostile name stays on its line', () => {
    const [line = ''] = usageLines([stage('Install', { service: 'a\nb\u001b[2J', memoryGap: 'Untold' })]);
    expect(line).to.not.match(/[\n\u001b]/);
  });

  it('nothing was measured: no line', () => {
    expect(usageLines([{ name: 'Install', result: 'Failed' }])).to.deep.equal([]);
  });
});
