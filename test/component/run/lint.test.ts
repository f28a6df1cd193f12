import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LintReport } from '../../../lib/recipe/recipe-linter.ts';
import { condition, stageOf } from './bench.ts';
import { DATA, enrol, type Notes, notesBench } from './enrolled.ts';

describe('the linter of the tool that deploys', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const runWith = async (report: LintReport) => {
    const { bench } = notes;
    const asked: string[] = [];
    bench.linter = {
      async lint(recipe, { commit, repository, directory }) {
        expect(existsSync(repository) && existsSync(join(directory, 'compose.yml'))).to.equal(true);
        asked.push(`${recipe} ${commit}`);
        return report;
      },
    };
    await bench.restart();
    await enrol(notes, { ci: { data: DATA } });
    await bench.write('Run', 'r1', { recipe: 'notes', promotion: 'Never' });
    const status = await bench.finish('r1');
    expect(asked).to.deep.equal([`notes ${notes.head}`]);
    return status;
  };

  it('passes: so does the stage', async () => {
    const status = await runWith({ verdict: 'Passed', rows: [], message: '' });
    expect(stageOf(status, 'Lint')).to.include({ result: 'Passed' });
    expect(status.level).to.equal(5);
  });

  it('fails what our own table passes: its words are in the message, and the run is red', async () => {
    const message = 'R014 only annotated tags used for recipe version';
    const status = await runWith({ verdict: 'Failed', rows: [{ ref: 'R014' }], message });
    expect(stageOf(status, 'Lint')).to.include({ result: 'Failed', reason: 'LintErrors', message });
    expect(condition(status, 'Succeeded')).to.equal('False/Failed');
    expect(status.level).to.equal(3);
  });

  it('cannot be read: unverified, never passed', async () => {
    const status = await runWith({ verdict: 'Unverified', rows: [], message: 'no table' });
    expect(stageOf(status, 'Lint')).to.include({ result: 'Unverified', reason: 'LintUnverified' });
    expect(status.level).to.equal(3);
  });
});
