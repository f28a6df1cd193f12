import { expect } from 'chai';
import { placeOf, type Queue } from '../../../controllers/run/queue/admission.ts';
import { atMinute, GIB, ground, MIB, memoryOf, queuedRun, queueOf } from '../../builders/queued-run.ts';

const testing = (name: string, needBytes = 0, grownBytes = 0) =>
  queuedRun(name, { step: 'Testing', needBytes, grownBytes });
const waiting = (name: string, needBytes = 0, minutes = 0) =>
  queuedRun(name, { needBytes, createdMs: atMinute(minutes) });
const low = ground({ diskIsLow: true });
const free = (bytes: number, total?: number) => ground(memoryOf(bytes, total));
/** Minutes after the runs came. */
const later = (minutes: number) => ({ nowMs: atMinute(minutes) });

describe('the admission of runs: places of a, b and c', () => {
  const rows: [string, Partial<Queue>, string[]][] = [
    ['two slots, three runs', {}, ['start', 'start', '1 Slot']],
    ['a slot is taken', { active: [testing('x')] }, ['start', '1 Slot', '2 Slot']],
    ['all are taken', { active: [testing('x'), testing('y')] }, ['1 Slot', '2 Slot', '3 Slot']],
    [
      'more are taken than there are',
      { maxRuns: 1, active: [testing('x'), testing('y')] },
      ['1 Slot', '2 Slot', '3 Slot'],
    ],
    ['the disk is low', { ground: low }, ['1 DiskFloor', '2 DiskFloor', '3 DiskFloor']],
    ['memory is not told', { maxRuns: 3 }, ['start', 'start', 'start']],
    [
      'memory is below its floor and nothing runs',
      { ground: free(511 * MIB) },
      ['1 MemoryFloor', '2 MemoryFloor', '3 MemoryFloor'],
    ],
    [
      'memory is at its floor and nothing runs: one, and two of which nothing is known',
      { ground: free(512 * MIB) },
      ['start', 'start', '1 Slot'],
    ],
    [
      'what the first needs is not there, and nothing runs: it starts all the same, and nobody beside it',
      { ground: free(GIB), waiting: [waiting('a', 4 * GIB), waiting('b'), waiting('c')] },
      ['start', '1 MemoryFloor', '2 MemoryFloor'],
    ],
    [
      'what the first needs is not there, and one runs: the others pass it',
      {
        maxRuns: 3,
        ground: free(2 * GIB),
        active: [testing('x')],
        waiting: [waiting('a', 4 * GIB), waiting('b', GIB), waiting('c')],
      },
      ['1 MemoryFloor', 'start', 'start'],
    ],
    [
      'it is not there for an hour: nobody passes it any more',
      {
        ...later(60),
        maxRuns: 3,
        ground: free(2 * GIB),
        active: [testing('x')],
        waiting: [waiting('a', 4 * GIB), waiting('b', GIB, 50), waiting('c', 0, 55)],
      },
      ['1 MemoryFloor', '2 MemoryFloor', '3 MemoryFloor'],
    ],
    [
      'it starts when what ran has ended, and the next one waits for memory',
      {
        ...later(60),
        maxRuns: 3,
        ground: free(2 * GIB),
        waiting: [waiting('a', 4 * GIB), waiting('b', GIB, 50), waiting('c', 0, 55)],
      },
      ['start', '1 MemoryFloor', '2 MemoryFloor'],
    ],
    [
      'an overdue run that waits for a slot keeps nothing from anybody',
      { ...later(60), active: [testing('x'), testing('y')] },
      ['1 Slot', '2 Slot', '3 Slot'],
    ],
    [
      'two fit, the third does not',
      { maxRuns: 3, ground: free(2560 * MIB), waiting: [waiting('a', GIB), waiting('b', GIB), waiting('c', GIB)] },
      ['start', 'start', '1 MemoryFloor'],
    ],
    [
      'what runs has not grown yet: the rest of it is not free',
      {
        ground: free(3 * GIB),
        active: [testing('x', 2 * GIB, GIB / 2)],
        waiting: [waiting('a', GIB + MIB), waiting('b', GIB), waiting('c')],
      },
      ['1 MemoryFloor', 'start', '2 Slot'],
    ],
    [
      'what runs has grown beyond what it needed before: nothing is given back for it',
      {
        ground: free(GIB),
        active: [testing('x', GIB, 2 * GIB)],
        waiting: [waiting('a', GIB), waiting('b', GIB / 2), waiting('c')],
      },
      ['1 MemoryFloor', 'start', '2 Slot'],
    ],
    [
      'what promotes deploys once more',
      { ground: free(GIB), active: [queuedRun('x', { step: 'Promoting', needBytes: GIB, grownBytes: GIB })] },
      ['1 MemoryFloor', '2 MemoryFloor', '3 MemoryFloor'],
    ],
    [
      'what is torn down takes no more',
      { ground: free(GIB), active: [queuedRun('x', { step: 'TearingDown', needBytes: GIB })] },
      ['start', '1 Slot', '2 Slot'],
    ],
  ];
  for (const [title, queue, wanted] of rows) {
    it(title, () => {
      const whole = queueOf({ waiting: ['a', 'b', 'c'].map((name) => waiting(name)), ...queue });
      const places = ['a', 'b', 'c'].map((uid) => placeOf(uid, whole));
      const texts = places.map(({ position, reason }) => (position === 0 ? 'start' : `${position} ${reason}`));
      expect(texts).to.deep.equal(wanted);
    });
  }

  it('one that does not wait may go on', () => {
    expect(placeOf('x', queueOf({ active: [testing('x'), testing('y')] })).position).to.equal(0);
  });
});

describe('the admission of runs: why, for people', () => {
  const why = (queue: Partial<Queue>) => placeOf('a', queueOf(queue)).because;
  const big = { active: [testing('x')], waiting: [waiting('a', 3 * GIB)] };

  it('one that can start says nothing', () => {
    expect(why({ waiting: [waiting('a')] })).to.equal(undefined);
  });

  it('names the floor, and what the last run took', () => {
    expect(why({ ...big, ground: free(2 * GIB) })).to.match(/took 3072 MiB.*less.*memory\.floor \(512 MiB\)/);
    expect(why({ waiting: [waiting('a')], ground: free(0) })).to.equal(
      'less memory is free than memory.floor (512 MiB)',
    );
    const beside = { active: [testing('x')], waiting: [waiting('a')] };
    expect(why({ ...beside, ground: free(0) })).to.equal('less memory is free than memory.floor (512 MiB)');
  });

  it('says of one that never fits beside another when it will start', () => {
    expect(why({ ...big, ground: free(GIB, 3 * GIB) })).to.match(/more than the 3072 MiB here.*no other run is active/);
    expect(why({ ...big, ground: free(GIB, 3 * GIB + 512 * MIB) })).to.not.include('here');
    expect(why({ ...big, waiting: [waiting('a', 20 * GIB)], ground: free(GIB, 16 * GIB) })).to.include(
      'the 16 GiB here',
    );
  });

  it('says that an older one waits for memory', () => {
    const old = { ...waiting('o', 4 * GIB), uid: 'o' };
    const queue = { ...later(60), ground: free(2 * GIB), active: [testing('x')] };
    expect(why({ ...queue, waiting: [old, waiting('a', MIB, 50)] })).to.include('an older run waits for memory');
  });

  it('names slots and disk', () => {
    expect(why({ waiting: [waiting('a')], maxRuns: 1, active: [testing('x')] })).to.include('maxRuns');
    expect(why({ waiting: [waiting('a')], ground: low })).to.include('disk.floor');
  });
});
