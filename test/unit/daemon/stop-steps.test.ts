import { expect } from 'chai';
import { takeStopSteps } from '../../../controllers/stop-steps.ts';
import { silentLog } from '../../../lib/log.ts';

describe('a stop', () => {
  it('goes on where parts of it fail, and says which', async () => {
    const taken: string[] = [];
    const warned: unknown[] = [];
    const log = {
      ...silentLog,
      warn: (_: string, fields?: object) => void warned.push((fields as { what?: string }).what),
    };
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    await takeStopSteps(
      [
        ['first', () => Promise.reject(full)],
        ['second', () => void taken.push('second')],
        [
          'third',
          () => {
            throw full;
          },
        ],
        ['fourth', async () => void taken.push('fourth')],
      ],
      log,
    );
    expect(taken).to.deep.equal(['second', 'fourth']);
    expect(warned).to.deep.equal(['first', 'third']);
  });
});
