import { expect } from 'chai';
import type { ServiceUsage } from '../../../lib/platform/platform.ts';
import {
  forNextStage,
  NOTHING_SEEN,
  stageUsageOf,
  withFailure,
  withSample,
} from '../../../lib/run-record/stage-usage.ts';

type Task = [id: string, bytes: number, mark?: [now: number, most: number]];

const memory = (service: string, ...tasks: Task[]): ServiceUsage => ({
  service,
  memory: tasks.map(([id, bytes, mark]) => ({
    id,
    bytes,
    ...(mark ? { mark: { nowBytes: mark[0], mostBytes: mark[1] } } : {}),
  })),
});
const seenOf = (...samples: ServiceUsage[][]) => samples.reduce(withSample, NOTHING_SEEN);
const peaks = (...samples: ServiceUsage[][]) =>
  stageUsageOf(seenOf(...samples))?.services.map(({ peakMemoryBytes }) => peakMemoryBytes);

describe('the usage of a stage', () => {
  const ROWS: { because: string; samples: ServiceUsage[][]; peak: number[] }[] = [
    {
      because: 'the highest sample counts',
      samples: [[10], [30], [20]].map(([b]) => [memory('a', ['1', b as number])]),
      peak: [30],
    },
    { because: 'tasks of a service count together', samples: [[memory('a', ['1', 10], ['2', 20])]], peak: [30] },
    { because: 'services do not', samples: [[memory('a', ['1', 10]), memory('b', ['1', 20])]], peak: [10, 20] },
    {
      because: 'a rise between two samples is seen by the mark',
      samples: [[memory('a', ['1', 10, [12, 12]])], [memory('a', ['1', 10, [12, 92]])]],
      peak: [90],
    },
    {
      because: 'a new task has its mark from now',
      samples: [[memory('a', ['1', 10])], [memory('a', ['2', 10, [20, 50]])]],
      peak: [40],
    },
    {
      because: 'cache that is still there counts for nothing',
      samples: [[memory('a', ['1', 10, [500, 510]])]],
      peak: [20],
    },
    {
      because: 'of two rises the higher one counts',
      samples: [[memory('a', ['1', 10, [10, 50]], ['2', 10, [10, 30]])]],
      peak: [60],
    },
    {
      because: 'the same id in another service is another task',
      samples: [[memory('a', ['1', 1, [1, 9]]), memory('b', ['1', 1, [1, 9]])]],
      peak: [9, 9],
    },
  ];
  for (const { because, samples, peak } of ROWS) {
    it(because, () => {
      expect(peaks(...samples)).to.deep.equal(peak);
    });
  }

  it('the mark of an earlier stage does not count in the next', () => {
    const before = seenOf([memory('a', ['1', 10, [10, 900]])]);
    const later = withSample(forNextStage(before), [memory('a', ['1', 12, [12, 900]])]);
    expect(stageUsageOf(later)).to.deep.equal({
      samples: 1,
      services: [{ service: 'a', peakMemoryBytes: 12, diskGap: 'Unreadable' }],
    });
  });

  it('a figure outlives its gap, and a part says that it is one', () => {
    const none: ServiceUsage = { service: 'a', memoryGap: 'NotRunning', diskGap: 'Unreadable' };
    const part: ServiceUsage = { ...memory('a', ['1', 10]), memoryGap: 'Elsewhere', diskBytes: 5, diskGap: 'Cut' };
    const expected = { service: 'a', peakMemoryBytes: 10, memoryGap: 'Elsewhere', diskBytes: 5, diskGap: 'Cut' };
    expect(stageUsageOf(seenOf([none], [part], [none]))?.services).to.deep.equal([expected]);
    expect(stageUsageOf(seenOf([none]))?.services).to.deep.equal([none]);
  });

  it('samples of one kind leave the other alone; only those of memory are counted', () => {
    const disk: ServiceUsage = { service: 'a', diskBytes: 7 };
    const seen = seenOf([disk], [memory('a', ['1', 10, [10, 50]])], [disk], [memory('a', ['1', 11, [11, 50]])]);
    expect(stageUsageOf(seen)).to.deep.equal({
      samples: 2,
      services: [{ service: 'a', peakMemoryBytes: 50, diskBytes: 7 }],
    });
  });

  it('nothing deployed is nothing; what was not answered has its reason', () => {
    expect(stageUsageOf(seenOf([], []))).to.equal(undefined);
    expect(stageUsageOf(withFailure(NOTHING_SEEN, 'Memory'))).to.deep.equal({
      samples: 0,
      services: [],
      gap: 'Unreadable',
    });
    expect(stageUsageOf(withFailure(seenOf([memory('a', ['1', 1])]), 'Memory'))).to.not.have.property('gap');
  });

  it('a service that did not run at first and was not measured later is unreadable, not one that never ran', () => {
    const before: ServiceUsage = { service: 'a', memoryGap: 'NotRunning', diskBytes: 7 };
    const failed = withFailure(seenOf([before]), 'Memory');
    const [unread] = stageUsageOf(failed)?.services ?? [];
    expect(unread).to.deep.equal({ service: 'a', memoryGap: 'Unreadable', diskBytes: 7 });
    expect(stageUsageOf(withSample(failed, [before]))?.services).to.deep.equal([before]);
    const [walked] = stageUsageOf(withFailure(seenOf([before]), 'Disk'))?.services ?? [];
    expect(walked).to.deep.equal(before);
  });

  it('a service may have any name', () => {
    const names = ['__proto__', 'constructor', 'a b', '["a"'];
    expect(stageUsageOf(seenOf(names.map((name) => memory(name, ['1', 3]))))?.services).to.deep.equal(
      names.map((service) => ({ service, peakMemoryBytes: 3, diskGap: 'Unreadable' })),
    );
  });
});
