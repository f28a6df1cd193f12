import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { condition, stageOf } from './bench.ts';
import { enrol, type Notes, notesBench } from './enrolled.ts';

const key = { kind: 'Run', name: 'r1' } as const;

describe('T42 results of an earlier run of the same commit', () => {
  let notes: Notes;
  let mark: string;
  let first: RunStatus;

  beforeEach(async () => {
    notes = await notesBench();
    mark = join(notes.bench.root, 'mark');
    const script = `#!/bin/sh
[ -e "${mark}" ] || exit 5
echo '<testsuite><testcase name="of the first run"/></testsuite>' > "$CCCI_ARTIFACTS/junit.xml"
`;
    await notes.bench.profile('notes', 'check.sh', script);
    const tests = [{ name: 'check', command: ['./check.sh'], from: 'Profile' as const }];
    await enrol(notes, { ci: { tests } });
    await writeFile(mark, '');
    await notes.bench.write('Run', 'r1', { recipe: 'notes', promotion: 'Never' });
    first = await notes.bench.finish('r1');
    expect(condition(first, 'Succeeded')).to.equal('True/Passed');
    expect(stageOf(first, 'Custom').tests?.map(({ name }) => name)).to.include('check › of the first run');
  });
  afterEach(() => notes.bench.close());

  const artifactOf = (status: RunStatus, name: string) =>
    readFile(join(notes.bench.settings.stateDirectory, status.artifacts ?? '', name), 'utf8');

  async function retried(): Promise<RunStatus> {
    await notes.bench.request(key, 'retry');
    await notes.bench.pass(key);
    return notes.bench.finish('r1-r1');
  }

  it('are not read for its retry: status, results, JUnit and artifacts are of the new one alone', async () => {
    const before = await Promise.all(['results.json', 'junit.xml'].map((name) => artifactOf(first, name)));
    await rm(mark);
    const second = await retried();
    expect([second.commit, second.artifacts === first.artifacts]).to.deep.equal([first.commit, false]);
    expect(condition(second, 'Succeeded')).to.equal('False/Failed');
    expect(second.verdict).to.equal('Failed');
    expect(stageOf(second, 'Custom').tests?.map(({ name, result }) => [name, result])).to.deep.equal([
      ['check', 'Failed'],
    ]);
    const results = JSON.parse(await artifactOf(second, 'results.json')) as { status: RunStatus };
    expect(results.status.verdict).to.equal('Failed');
    const junit = await artifactOf(second, 'junit.xml');
    expect(junit).to.include('<failure').and.not.include('of the first run');
    const artifacts = join(notes.bench.settings.stateDirectory, second.artifacts ?? '', 'artifacts', 'check');
    expect(await readdir(artifacts)).to.deep.equal([]);
    const after = await Promise.all(['results.json', 'junit.xml'].map((name) => artifactOf(first, name)));
    expect(after, 'the first run stays as it is').to.deep.equal(before);
  });

  it('are not read for a retry that does not get to its tests', async () => {
    await rename(notes.recipe.directory, `${notes.recipe.directory}-gone`);
    const second = await retried();
    expect(condition(second, 'Succeeded')).to.equal('False/Failed');
    const passed = second.stages?.filter(({ name, result }) => result === 'Passed' && name !== 'Teardown');
    expect(passed).to.deep.equal([]);
    expect(await artifactOf(second, 'junit.xml')).not.to.include('of the first run');
    expect(JSON.parse(await artifactOf(second, 'results.json'))).not.to.have.nested.property(
      'status.level',
      first.level,
    );
  });

  it('are not read for a run of its name that is made anew', async () => {
    const { store } = notes.bench;
    await rm(join(notes.bench.settings.specDirectory, 'r1.yaml'));
    await notes.bench.request(key, 'delete');
    await notes.bench.until(async () => {
      await store.sync();
      return store.get(key) === undefined;
    }, 'the end of the first run');
    await rm(mark);
    await notes.bench.write('Run', 'r1', { recipe: 'notes', promotion: 'Never' });
    await notes.bench.pass(key);
    expect(await notes.bench.status(key)).not.to.have.property('verdict');
    const second = await notes.bench.finish('r1');
    expect([second.commit, second.verdict]).to.deep.equal([first.commit, 'Failed']);
    expect(second.artifacts).not.to.equal(first.artifacts);
  });
});
