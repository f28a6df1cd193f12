import { expect } from 'chai';
import { parseStat } from '../../../lib/exec/process-identity.ts';

describe('a line of /proc/PID/stat', () => {
  const rest = '0 0 0 0 0 0 0 0 20 0 1 0 137 0 0';

  it('is read behind a name that holds brackets and spaces', () => {
    expect(parseStat(7, `7 (a) b (c) S 3 7 7 34816 7 4194304 ${rest}`)).to.deep.equal({
      ...{ pid: 7, state: 'S', parent: 3, pgid: 7, session: 7, terminal: 34_816, startTicks: 137 },
      isKernels: false,
    });
  });

  it('tells a thread of the kernel from a process, whoever its parent is', () => {
    expect(parseStat(2, `2 (kthreadd) S 0 0 0 0 -1 2129984 ${rest}`).isKernels).to.equal(true);
    expect(parseStat(90, `90 (orphan) S 2 90 90 0 -1 4194560 ${rest}`).isKernels).to.equal(false);
  });
});
