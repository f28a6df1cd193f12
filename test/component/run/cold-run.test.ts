import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { runSummary } from '../../../lib/cli/print/run-summary.ts';
import { readEvents } from '../../../lib/store/reader.ts';
import { commitRecipe } from '../../builders/recipe.ts';
import { condition, stageOf } from './bench.ts';
import {
  BASE_VERSION,
  CANONICAL_DOMAIN,
  DATA,
  enrol,
  HEAD_VERSION,
  HEALTHY,
  type Notes,
  notesBench,
} from './enrolled.ts';

describe('a cold run', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const run = async (spec: object = {}) => {
    await notes.bench.write('Run', 'r1', { recipe: 'notes', source: notes.recipe.directory, ...spec });
    return notes.bench.finish('r1');
  };

  it('of a recipe that nobody enrolled passes with every default, from the release before', async () => {
    const status = await run();
    expect(notes.bench.thrown).to.deep.equal([]);
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
    expect(condition(status, 'TornDown')).to.equal('True/Verified');
    expect(status.verdict).to.equal('Passed');
    expect(status.version).to.deep.equal({ base: BASE_VERSION, head: HEAD_VERSION });
    expect(status.deploys).to.deep.equal({ count: 1, expected: 1 });
    expect(status.promotion).to.deep.include({ result: 'Skipped', reason: 'NotEnrolled' });
    expect(stageOf(status, 'Restore')).to.deep.include({ result: 'Passed', evidence: 'Canary(files:app)' });
    expect(status.level).to.equal(5);
  });

  it('names what the recipe asks for and this platform does not do @nightly', async () => {
    const { platform, settings } = notes.bench;
    for (const commit of [notes.base, notes.head]) platform.behave(commit, { ...HEALTHY, ignored: ['app.depends_on'] });
    await run({ env: { POST_DEPLOY_CMDS: 'app set_up' } });
    const events = await readEvents({ ...settings, limit: 100 }, { kind: 'Run', name: 'r1' });
    const named = events.find(({ reason }) => reason === 'IgnoredComposeKeys');
    expect(named?.message).to.match(/app\.depends_on, POST_DEPLOY_CMDS$/);
  });

  it('leaves nothing of its app behind, and no claim @nightly', async () => {
    const status = await run();
    expect(await notes.bench.platform.apps(new AbortController().signal)).to.deep.equal([]);
    expect(await notes.bench.store.claims.list()).to.deep.equal([]);
    expect(status.domain).to.match(/^note-[0-9a-f]{6}\.ci\.example\.org$/);
  });

  it('with data hooks proves backup and restore, and reaches the top', async () => {
    await enrol(notes, { ci: { data: DATA, tests: [{ name: 't', command: ['./verify.sh'], from: 'Profile' }] } });
    const status = await run({ source: undefined, promotion: 'Never' });
    expect(status.stages?.filter(({ result }) => result !== 'Passed').map(({ name }) => name)).to.deep.equal([
      'Promote',
    ]);
    expect(status.level).to.equal(5);
  });

  it('fails where the deployed commit is not head', async () => {
    const { platform } = notes.bench;
    const observe = platform.observe.bind(platform);
    platform.observe = async (app, signal) => {
      const seen = await observe(app, signal);
      return seen.commit === notes.head ? { ...seen, commit: notes.base } : seen;
    };
    const status = await run();
    expect(stageOf(status, 'Upgrade')).to.deep.include({ result: 'Failed', reason: 'WrongCommit' });
    expect(status.blame).to.equal('Recipe');
  });

  it('T26 fails at once where the new version ends in a crash loop @nightly', async () => {
    notes.bench.platform.behave(notes.head, { services: [{ name: 'app', conduct: 'CrashLoops', logs: ['boom'] }] });
    const skippedMs = notes.bench.clock.skippedMs;
    const status = await run();
    expect(stageOf(status, 'Upgrade')).to.deep.include({ result: 'Failed', reason: 'CrashLoop', service: 'app' });
    expect(stageOf(status, 'Upgrade').logTail).to.deep.equal(['boom']);
    expect(stageOf(status, 'Upgrade').message).to.contain('boom');
    expect(notes.bench.clock.skippedMs - skippedMs).to.be.below(60_000);
  });

  it('fails with DeadlineExceeded where the new version never comes up @nightly', async () => {
    notes.bench.platform.behave(notes.head, { services: [{ name: 'app', conduct: 'NeverUp' }] });
    const status = await run({ timeouts: { health: '3s' } });
    expect(stageOf(status, 'Upgrade')).to.deep.include({ result: 'Failed', reason: 'DeadlineExceeded' });
    expect(stageOf(status, 'Upgrade').message).to.contain('service app');
    expect(status.blame).to.equal('Recipe');
    expect(condition(status, 'Succeeded')).to.equal('False/Failed');
  });

  it('ends a deploy that hangs when its deadline is over, and goes on to the teardown', async () => {
    notes.bench.platform.hangNext('deploy');
    const status = await run({ ref: BASE_VERSION, timeouts: { deploy: '2s' } });
    expect(stageOf(status, 'Install')).to.deep.include({ result: 'Failed', reason: 'DeadlineExceeded' });
    expect(condition(status, 'TornDown')).to.equal('True/Verified');
  });

  it('is TimedOut where the time of the whole run is over, without a verdict or an open stage', async () => {
    notes.bench.platform.behave(notes.base, { services: [{ name: 'app', conduct: 'NeverUp' }] });
    const status = await run({ timeouts: { total: '5s' } });
    expect(condition(status, 'Succeeded')).to.equal('False/TimedOut');
    expect(status.verdict).to.equal(undefined);
    expect(status.blame).to.equal('Recipe');
    expect(stageOf(status, 'Install').result).to.equal('Interrupted');
  });

  it('names ci.upgrade.base where the base does not come up @nightly', async () => {
    notes.bench.platform.behave(notes.base, { services: [{ name: 'app', conduct: 'CrashLoops' }] });
    const status = await run();
    const install = stageOf(status, 'Install');
    expect(install).to.deep.include({ result: 'Failed', reason: 'BaseInstallFailed', service: 'app' });
    expect(install.message).to.contain('ci.upgrade.base');
    expect([status.verdict, status.blame]).to.deep.equal(['Failed', 'PreExisting']);
    const summary = runSummary(status) ?? '';
    expect(summary).to.contain(BASE_VERSION).and.contain('CrashLoop').and.contain('PreExisting');
    expect(summary).to.not.contain('ci.upgrade.base');
  });

  it('keeps the reason where head itself does not come up @nightly', async () => {
    notes.bench.platform.behave(notes.base, { services: [{ name: 'app', conduct: 'CrashLoops' }] });
    const status = await run({ ref: BASE_VERSION });
    expect(stageOf(status, 'Install')).to.deep.include({ result: 'Failed', reason: 'CrashLoop' });
    expect(status.deploys, 'what did not come up was deployed all the same').to.deep.equal({ count: 1, expected: 1 });
    expect(stageOf(status, 'Upgrade')).to.deep.include({ result: 'Skipped' });
  });

  it('T07 fails the stage Lint on a lightweight tag, tests the rest, and stays below the top @nightly', async () => {
    notes.recipe.git('tag', '9.9.9+9.9.9');
    const status = await run();
    expect(stageOf(status, 'Lint')).to.deep.include({ result: 'Failed', reason: 'LintErrors' });
    expect(stageOf(status, 'Upgrade').result).to.equal('Passed');
    expect(status.verdict).to.equal('Failed');
    expect(status.level).to.be.below(5);
  });

  it('T15 skips the upgrade where only the tested commit is released @nightly', async () => {
    const status = await run({ ref: BASE_VERSION });
    expect(stageOf(status, 'Upgrade')).to.deep.include({ result: 'Skipped', reason: 'NothingToTest' });
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
  });

  it('T31 fails on a required test that was skipped', async () => {
    await enrol(notes, { ci: { tests: [{ name: 'login', command: ['true'], from: 'Profile', requires: ['sso'] }] } });
    const status = await run({ source: undefined });
    expect(condition(status, 'Succeeded')).to.equal('False/Failed');
    expect(status.blame).to.equal('Configuration');
  });

  it('T34 makes a domain of its own for each run @nightly', async () => {
    const first = await run();
    await notes.bench.write('Run', 'r2', { recipe: 'notes', source: notes.recipe.directory });
    const second = await notes.bench.finish('r2');
    expect(second.domain).not.to.equal(first.domain);
  });

  it('T35 tests the commit it has frozen, whatever the source does meanwhile', async () => {
    const { bench, recipe, head } = notes;
    await bench.write('Run', 'r1', { recipe: 'notes', source: recipe.directory });
    const prepared = async () => (await bench.journal('r1').catch(() => undefined))?.memory?.cursor.stage === 'Lint';
    await bench.until(prepared, 'Prepare');
    bench.platform.behave(await commitRecipe(recipe, { version: '1.2.0+1.2.0' }), HEALTHY);
    recipe.git('tag', '--delete', HEAD_VERSION);
    const status = await bench.finish('r1');
    expect(status.commit).to.equal(head);
    expect(status.verdict).to.equal('Passed');
  });

  it('keeps artifacts, and removes them after their time; the verdict stays @nightly', async () => {
    const status = await run({ ttlAfterFinished: '1h' });
    const directory = join(notes.bench.settings.stateDirectory, status.artifacts ?? '');
    await access(join(directory, 'junit.xml'));
    await notes.bench.until(async () => (await notes.bench.journal('r1')).artifactsRemoved === true, 'removal');
    await notes.bench.pass({ kind: 'Run', name: 'r1' });
    const after = await notes.bench.status({ kind: 'Run', name: 'r1' });
    expect(after).not.to.have.property('artifacts');
    expect(after).to.deep.include({ verdict: 'Passed', level: status.level });
    expect(
      await access(directory).then(
        () => 'there',
        () => 'gone',
      ),
    ).to.equal('gone');
  });

  it('does not deploy at the domain of the Canonical while it only tests @nightly', async () => {
    await enrol(notes);
    await run({ source: undefined, promotion: 'Never' });
    expect(
      notes.bench.platform.calls.some(({ method, domain }) => method === 'deploy' && domain === CANONICAL_DOMAIN),
    ).to.equal(false);
  });
});
