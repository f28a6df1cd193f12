import type { StageName } from '../../lib/api/generated/types.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Bench } from './harness.ts';

/** A moment of a run at which its controller is killed. */
export interface Moment {
  name: string;
  /** Resolves when the run is there, or past it. */
  reached(bench: Bench, run: string): Promise<void>;
}

/** Once the stage of that name has begun. */
export function inStage(stage: StageName): Moment {
  return {
    name: `in ${stage}`,
    async reached(bench, run) {
      const hasBegun = async (): Promise<boolean> => {
        const { stages = [] } = await bench.runStatus(run);
        return stages.some(({ name, startTime }) => name === stage && startTime !== undefined);
      };
      await bench.waitFor(`${stage} of ${run}`, hasBegun, { timeoutMs: 180_000 });
    },
  };
}

export interface Sample {
  seed: number;
  count: number;
  /** About as long as an undisturbed run takes, milliseconds. */
  spanMs: number;
}

/** One moment from each part of a run, so that a few reach all of it. The seed chooses. */
export function randomMoments({ seed, count, spanMs }: Sample): Moment[] {
  const random = randomFrom(seed);
  const part = spanMs / count;
  return Array.from({ length: count }, (_, index) => {
    const afterMs = Math.floor((index + random()) * part);
    return { name: `after ${afterMs} ms (seed ${seed})`, reached: () => systemClock.sleep(afterMs) };
  });
}

/** Reproducible numbers from 0 up to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
