import { expect } from 'chai';
import type { Bench } from '../../e2e/harness.ts';
import { inStage, randomMoments } from '../../e2e/moments.ts';

describe('moments at which a controller is killed', () => {
  const names = (seed: number): string[] => randomMoments({ seed, count: 4, spanMs: 4_000 }).map(({ name }) => name);

  it('follow from the seed, one in each part of the run', () => {
    expect(names(7)).to.deep.equal(names(7));
    expect(names(7)).not.to.deep.equal(names(8));
    const at = names(7).map((name) => Number(/after (\d+) ms/.exec(name)?.[1]));
    expect(at.map((ms) => Math.floor(ms / 1_000))).to.deep.equal([0, 1, 2, 3]);
  });

  it('in a stage: once it has begun, also when it is over', async () => {
    const seen = [
      { stages: [{ name: 'Upgrade', result: 'Pending' }] },
      { stages: [{ name: 'Upgrade', result: 'Passed', startTime: '2030-01-01T00:00:00.000Z' }] },
    ];
    const answers: unknown[] = [];
    const bench = {
      runStatus: async () => seen.shift(),
      async waitFor(_what: string, look: () => Promise<unknown>) {
        for (let answer = await look(); ; answer = await look()) {
          answers.push(answer);
          if (answer) return answer;
        }
      },
    } as unknown as Bench;
    await inStage('Upgrade').reached(bench, 'one');
    expect(answers).to.deep.equal([false, true]);
  });
});
