import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CanonicalSpec, RunStatus } from '../../../lib/api/index.ts';
import { commitRecipe, releaseRecipe } from '../../builders/recipe.ts';
import { condition, stageOf } from './bench.ts';
import { DATA, enrol, HEALTHY, type Notes, notesBench } from './enrolled.ts';

type Ci = NonNullable<CanonicalSpec['ci']>;

const GONE = { command: ['./gone.sh'], from: 'Profile' as const };

/** What a profile asks for that is not there, and the stage in which it shows; the others in `test/nightly`. */
const MISSING: readonly [string, Ci, 'Install' | 'Custom'][] = [
  ['install hook', { install: { hooks: [{ name: 'gone', ...GONE }] } }, 'Install'],
  ['test', { tests: [{ name: 'gone', ...GONE }] }, 'Custom'],
];

describe('T100 whose fault it is', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const run = async (spec: object = {}): Promise<RunStatus> => {
    await notes.bench.write('Run', 'r1', { recipe: 'notes', promotion: 'Never', ...spec });
    return notes.bench.finish('r1');
  };
  const expectConfiguration = (status: RunStatus, stage: Parameters<typeof stageOf>[1], reason: string) => {
    expect(stageOf(status, stage)).to.deep.include({ result: 'Failed', reason });
    expect(status.blame).to.equal('Configuration');
    expect(status.attempts).to.have.lengthOf(1);
  };

  for (const [what, ci, stage] of MISSING) {
    it(`a ${what} that the profile lacks is the configuration's @nightly`, async () => {
      await enrol(notes, { ci });
      const status = await run();
      expectConfiguration(status, stage, 'InvalidProfile');
      expect(stageOf(status, stage).message).to.include('gone.sh').and.include('.ci directory');
    });
  }

  it('a verify that the profile lacks proves no wiping', async () => {
    await enrol(notes, {
      ci: { data: { ...DATA, verify: GONE }, upgrade: { base: { policy: 'None' } } },
    });
    expectConfiguration(await run(), 'Restore', 'InvalidProfile');
  });

  describe('is not for a command to say', () => {
    const says = { command: ['./says.sh'], from: 'Profile' as const };

    beforeEach(() => notes.bench.profile('notes', 'says.sh', '#!/bin/sh\necho Misconfigured\nexit 77\n'));

    it('a test that skips as Misconfigured hides no failure of the recipe', async () => {
      const fails = { name: 'fails', command: ['false'], from: 'Profile' as const };
      await enrol(notes, { ci: { tests: [{ name: 'says', required: false, ...says }, fails] } });
      const status = await run();
      expect(stageOf(status, 'Custom')).to.include({ result: 'Failed', reason: 'TestsFailed' });
      expect(status.blame).to.equal('Recipe');
      expect(stageOf(status, 'Custom').tests?.map((test) => test.reason)).to.deep.equal([undefined, 'ExitCode']);
    });

    it('a verify that skips as Misconfigured has lost the data @nightly', async () => {
      await enrol(notes, { ci: { data: { ...DATA, verify: says } } });
      const status = await run();
      expect(stageOf(status, 'Upgrade')).to.include({ result: 'Failed', reason: 'DataLost' });
      expect(status.blame).to.equal('Recipe');
    });
  });

  it('a file of a secret that cannot be read is the configuration’s', async () => {
    const overlay =
      'version: "3.8"\nservices:\n  app:\n    secrets: [smtp]\nsecrets: { smtp: { external: true, name: x_smtp_v1 } }\n';
    const files = { 'compose.mail.yml': overlay };
    for (const version of ['1.2.0+1.2.0', '1.3.0+1.3.0'])
      notes.bench.platform.behave(await releaseRecipe(notes.recipe, { version, files }), HEALTHY);
    const items = [{ name: 'smtp', file: join(notes.bench.root, 'no-such-file') }];
    const composeFiles = ['compose.yml', 'compose.mail.yml'];
    const app = { recipe: 'notes', source: notes.recipe.directory, composeFiles, secrets: { items } };
    await enrol(notes, { app, ci: {} });
    const status = await run();
    expectConfiguration(status, 'Install', 'Misconfigured');
    expect(stageOf(status, 'Install').message).to.include('no-such-file').and.include('app.secrets.items');
  });

  it('a path that the host of the engine lacks is the configuration’s, also where the base needs it', async () => {
    notes.bench.platform.behave(notes.base, { services: [{ name: 'db', conduct: 'LacksPath' }] });
    const status = await run({ source: notes.recipe.directory });
    expectConfiguration(status, 'Install', 'MissingOnHost');
    expect(stageOf(status, 'Install').message).to.match(/service db.*\/srv\/x.*Make \/srv\/x there/);
  });

  it('a known-good whose commit the source lost is the configuration’s @nightly', async () => {
    await enrol(notes);
    const first = await run({ promotion: 'Auto' });
    expect(first.promotion?.result).to.equal('Promoted');
    const { recipe, bench } = notes;
    recipe.git('checkout', '--quiet', '--orphan', 'anew');
    recipe.git('branch', '-D', 'main');
    recipe.git('tag', '-d', '1.0.0+1.0.0', '1.1.0+1.1.0');
    const head = await releaseRecipe(recipe, { version: '1.2.0+1.2.0' });
    recipe.git('branch', '-m', 'anew', 'main');
    recipe.git('reflog', 'expire', '--expire=now', '--all');
    recipe.git('gc', '--quiet', '--prune=now');
    bench.platform.behave(head, HEALTHY);
    await bench.remove('r1');
    await bench.until(() => bench.store.get({ kind: 'Run', name: 'r1' }) === undefined, 'its removal');
    await rm(join(bench.settings.stateDirectory, 'recipes'), { recursive: true });
    await bench.restart();
    await bench.write('Run', 'r2', { recipe: 'notes', promotion: 'Never' });
    const status = await bench.finish('r2');
    expectConfiguration(status, 'Prepare', 'KnownGoodLost');
    expect(stageOf(status, 'Prepare').message).to.include(notes.head.slice(0, 10)).and.include('ci.upgrade.base');
  });

  describe('of tests of a commit that is not trusted', () => {
    const test = { command: ['./ci/test.sh'], from: 'Recipe' as const };

    const untrusted = async (tests: NonNullable<Ci['tests']>): Promise<RunStatus> => {
      Object.assign(notes.bench.settings, { platformKind: 'Swarm' });
      const { recipe, bench } = notes;
      recipe.git('checkout', '--quiet', '-b', 'pull');
      const commit = await commitRecipe(recipe, { version: '1.2.0+1.2.0', files: { 'ci/test.sh': '#!/bin/sh\n' } });
      recipe.git('update-ref', 'refs/pull/7/head', commit);
      recipe.git('checkout', '--quiet', 'main');
      recipe.git('branch', '-D', 'pull');
      bench.platform.behave(commit, HEALTHY);
      await enrol(notes, { ci: { tests } });
      return run({ ref: 'refs/pull/7/head' });
    };

    it('one that is not required is skipped, and the run is green @nightly', async () => {
      const status = await untrusted([{ name: 'more', required: false, ...test }]);
      expect(stageOf(status, 'Custom').tests).to.have.lengthOf(1);
      expect(stageOf(status, 'Custom').tests?.[0]).to.include({ name: 'more', result: 'Skipped' });
      expect(status.verdict).to.equal('Passed');
    });

    it('a required one is red, and the configuration’s @nightly', async () => {
      const status = await untrusted([{ name: 'more', ...test }]);
      expectConfiguration(status, 'Custom', 'RecipeTestsNotAllowed');
      expect(condition(status, 'Succeeded')).to.equal('False/Failed');
    });
  });
});
