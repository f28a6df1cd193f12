import { expect } from 'chai';
import { serviceEnvironment } from '../../../lib/service-manager/environment.ts';
import { statusAssignment } from '../../../lib/service-manager/service-manager.ts';
import { stateLine } from '../../../lib/service-manager/state-line.ts';

const SOCKET = '/run/systemd/notify';

describe('what the service manager says in the environment', () => {
  const rows: [string, Record<string, string>, ReturnType<typeof serviceEnvironment>][] = [
    ['nothing', {}, undefined],
    ['an empty socket', { NOTIFY_SOCKET: '' }, undefined],
    ['a socket that is no path', { NOTIFY_SOCKET: 'run/notify', WATCHDOG_USEC: '60000000' }, undefined],
    ['a socket', { NOTIFY_SOCKET: SOCKET }, { socket: SOCKET }],
    ['an abstract one', { NOTIFY_SOCKET: '@cc-ci' }, { socket: '@cc-ci' }],
    ['a watchdog', { NOTIFY_SOCKET: SOCKET, WATCHDOG_USEC: '60000000' }, { socket: SOCKET, watchdogMs: 60_000 }],
    [
      'a watchdog of this process',
      { NOTIFY_SOCKET: SOCKET, WATCHDOG_USEC: '2000000', WATCHDOG_PID: '7' },
      { socket: SOCKET, watchdogMs: 2_000 },
    ],
    [
      'a watchdog of another process',
      { NOTIFY_SOCKET: SOCKET, WATCHDOG_USEC: '2000000', WATCHDOG_PID: '8' },
      { socket: SOCKET },
    ],
    ['no time', { NOTIFY_SOCKET: SOCKET, WATCHDOG_USEC: '0' }, { socket: SOCKET }],
    ['no number', { NOTIFY_SOCKET: SOCKET, WATCHDOG_USEC: '1e6' }, { socket: SOCKET }],
  ];
  for (const [what, env, expected] of rows) it(what, () => expect(serviceEnvironment(env, 7)).to.deep.equal(expected));
});

describe('the line of the state', () => {
  const facts = { objects: 14, activeRuns: 1, maxRuns: 2, isComplete: true, faults: [] };

  it('counts objects and runs, and says what is wrong', () => {
    expect(stateLine(facts)).to.equal('14 objects, 1 of 2 runs active');
    expect(stateLine({ ...facts, objects: 1, maxRuns: 1 })).to.equal('1 object, 1 of 1 run active');
    expect(stateLine({ ...facts, isComplete: false })).to.contain('ccctl doctor');
    expect(stateLine({ ...facts, faults: ['a', 'b'] })).to.equal('Stuck: a; b');
  });

  it('T90 is one line of bounded length, whatever a path in it holds', () => {
    expect(statusAssignment('a\nREADY=1\r\u001b[2Jb')).to.equal('STATUS=a READY=1 [2Jb');
    expect(statusAssignment('x'.repeat(1000))).to.have.length(247);
  });
});
