import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LintReport } from '../../../lib/recipe/recipe-linter.ts';
import { releaseRecipe } from '../../builders/recipe.ts';
import { condition, stageOf } from './bench.ts';
import { DATA, enrol, HEALTHY, type Notes, notesBench } from './enrolled.ts';

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

  it('passes: so does the stage @nightly', async () => {
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

  it('cannot be read: unverified, never passed @nightly', async () => {
    const status = await runWith({ verdict: 'Unverified', rows: [], message: 'no table' });
    expect(stageOf(status, 'Lint')).to.include({ result: 'Unverified', reason: 'LintUnverified' });
    expect(status.level).to.equal(3);
  });
});

describe('the stage Lint', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const lintOf = async () => {
    const { bench } = notes;
    await enrol(notes, { ci: { data: DATA } });
    await bench.write('Run', 'r1', { recipe: 'notes', promotion: 'Never' });
    return stageOf(await bench.finish('r1'), 'Lint');
  };

  it('T41 is red where a config changed since the base and kept its name', async () => {
    const { recipe, bench } = notes;
    const config = `configs: { entry: { name: "\${STACK_NAME}_entry_\${ENTRY_VERSION}", file: entry.sh } }\n`;
    const files = { 'entry.sh': 'one\n', 'abra.sh': 'export ENTRY_VERSION=v1\n' };
    const first = await releaseRecipe(recipe, { version: '1.2.0+1.1.0', files, top: config });
    const second = await releaseRecipe(recipe, {
      version: '1.3.0+1.1.0',
      files: { ...files, 'entry.sh': 'two\n' },
      top: config,
    });
    for (const commit of [first, second]) bench.platform.behave(commit, HEALTHY);
    const stage = await lintOf();
    expect(stage).to.include({ result: 'Failed', reason: 'LintErrors' });
    expect(stage.message).to.include('C005').and.to.include('entry.sh').and.to.include('ENTRY_VERSION');
  });
});
