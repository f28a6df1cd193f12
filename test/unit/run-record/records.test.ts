import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { StageReason } from '../../../lib/api/index.ts';
import { createMask } from '../../../lib/checks/mask.ts';
import { hasCode } from '../../../lib/errors.ts';
import { blameOf } from '../../../lib/run-record/blame.ts';
import { writeResults } from '../../../lib/run-record/results.ts';
import {
  newProgress,
  progressPath,
  type ResolvedRun,
  readProgress,
  readResolved,
  resolvedPath,
  writeProgress,
  writeResolved,
} from '../../../lib/run-record/run-files.ts';
import { COLD_STAGES } from '../../../lib/run-record/stages.ts';
import { withDefaults } from '../../../lib/store/spec-codec.ts';

describe('records of a run', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cc-ci-record-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('progress starts with every stage pending and survives the disk', async () => {
    const progress = newProgress(2, 'Cold');
    expect(new Set(progress.stages.map(({ result }) => result))).to.deep.equal(new Set(['Pending']));
    Object.assign(progress.stages[1] ?? {}, { result: 'Unverified', reason: 'NoLint' });
    await writeProgress(directory, progress);
    expect(await readProgress(directory)).to.deep.equal(progress);
    expect(progress.stages.map(({ name }) => name)).to.deep.equal([...COLD_STAGES]);
  });

  it('nothing journaled is undefined, a torn or foreign file is Damaged', async () => {
    expect(await readProgress(directory)).to.equal(undefined);
    expect(await readResolved(directory)).to.equal(undefined);
    await writeFile(progressPath(directory), '{"format":1,"st');
    await writeFile(resolvedPath(directory), '{"format":9}');
    for (const pending of [readProgress(directory), readResolved(directory)]) {
      expect(hasCode(await pending.catch((error: unknown) => error), 'Damaged')).to.equal(true);
    }
  });

  it('what Prepare froze is read back as it was', async () => {
    const canonical = withDefaults('Canonical', { app: { recipe: 'notes' } });
    const resolved: ResolvedRun = {
      format: 1,
      run: { name: 'notes-1', uid: 'u' },
      attempt: 1,
      recipe: 'notes',
      source: '/repos/notes',
      sourceType: 'LocalPath',
      mode: 'Cold',
      ref: 'main',
      head: { commit: 'c2', version: '1.1.0+1.1.0', tag: '1.1.0+1.1.0' },
      base: { from: 'Release', commit: 'c1', version: '1.0.0+1.0.0' },
      trusted: true,
      domain: 'note-abc123.ci.localhost',
      tags: { versions: [], ignored: [] },
      app: canonical.app,
      ci: canonical.ci,
      spec: withDefaults('Run', { recipe: 'notes' }),
      resolvedTime: '2026-01-01T00:00:00.000Z',
    };
    await writeResolved(directory, resolved);
    expect(await readResolved(directory)).to.deep.equal(resolved);
  });

  it('I10: results and the JUnit file hold no secret', async () => {
    const status = {
      verdict: 'Failed',
      stages: [
        { name: 'Install', result: 'Failed', message: 'bad key hunter22-hunter22', logTail: ['hunter22-hunter22'] },
      ],
    } as never;
    const results = { metadata: { name: 'run', uid: 'u' }, spec: { recipe: 'notes' }, status };
    await writeResults({ runDirectory: directory, results, mask: createMask(['hunter22-hunter22']) });
    const json = await readFile(join(directory, 'results.json'), 'utf8');
    const junit = await readFile(join(directory, 'junit.xml'), 'utf8');
    expect(JSON.parse(json).status.stages[0].message).to.equal('bad key ***');
    expect(json + junit).to.not.include('hunter22');
    expect(junit).to.include('bad key ***');
  });
});

describe('blameOf', () => {
  const rows: [string, Parameters<typeof blameOf>[0], ReturnType<typeof blameOf>][] = [
    ['a failed stage', 'CrashLoop', 'Recipe'],
    ['a deadline', 'DeadlineExceeded', 'Recipe'],
    ['an unknown ref', 'UnknownRef', 'Configuration'],
    ['refused trust', 'UntrustedRecipe', 'Configuration'],
    ['required tests that may not run', 'RecipeTestsNotAllowed', 'Configuration'],
    ['an app that somebody else changed', 'ChangedByOthers', 'Infra'],
    ['a base that does not come up', 'BaseInstallFailed', 'PreExisting'],
    ['a reason that an older version gave', 'toString' as StageReason, 'Recipe'],
    ['no reason', undefined, 'Recipe'],
  ];
  for (const [why, reason, blame] of rows) {
    it(`${blame}: ${why}`, () => expect(blameOf(reason)).to.equal(blame));
  }
});
