import { expect } from 'chai';
import { RecipeNeeds } from '../../../controllers/run/queue/recipe-needs.ts';
import type { ServicePeak } from '../../../lib/api/index.ts';
import { peakMemory } from '../../../lib/run-record/memory-need.ts';

const stage = (...services: Partial<ServicePeak>[]) => ({
  usage: { samples: 1, services: services.map((one, at) => ({ service: `s${at}`, ...one })) },
});
const used = (...bytes: number[]) => stage(...bytes.map((peakMemoryBytes) => ({ peakMemoryBytes })));

describe('the most memory that an app took', () => {
  const rows: [string, Parameters<typeof peakMemory>[0], number | undefined][] = [
    ['nothing was measured', [{}, stage()], undefined],
    ['no service was readable', [stage({ memoryGap: 'Unreadable' })], undefined],
    ['its services are counted together', [used(1, 2)], 3],
    ['one that is missing counts nothing', [stage({ peakMemoryBytes: 4 }, { memoryGap: 'Elsewhere' })], 4],
    ['stages are not', [used(1, 2), used(5), {}, used(2)], 5],
  ];
  for (const [title, stages, wanted] of rows)
    it(title, () => {
      expect(peakMemory(stages)).to.equal(wanted);
    });
});

describe('what recipes need', () => {
  const run = (completionTime: string, bytes?: number) => ({
    completionTime,
    frozen: { stages: bytes === undefined ? [] : [{ name: 'Install', result: 'Passed', ...used(bytes) }] },
  });

  it('is what their last run took, whichever is read first', () => {
    const needs = new RecipeNeeds();
    expect(needs.of('notes')).to.equal(0);
    needs.note('notes', run('2030-01-02T00:00:00Z', 7));
    needs.note('notes', run('2030-01-01T00:00:00Z', 9));
    needs.note('other', run('2030-01-03T00:00:00Z', 1));
    expect(needs.of('notes')).to.equal(7);
  });

  it('stays where a later run was not measured, or has not ended', () => {
    const needs = new RecipeNeeds();
    needs.note('notes', run('2030-01-01T00:00:00Z', 9));
    needs.note('notes', run('2030-01-02T00:00:00Z'));
    needs.note('notes', {});
    expect(needs.of('notes')).to.equal(9);
  });
});
