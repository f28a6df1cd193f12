import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../rig/free-port.ts';
import { boxFiles, LOSES_DATA } from './box-recipe.ts';
import { conditionOf } from './harness.ts';
import { ForgeBench, RELEASE, REPOSITORY } from './pull-requests/forge-bench.ts';

type Text = Record<string, string>;

describe('pull requests', function () {
  this.timeout(300_000);
  let forge: ForgeBench;

  before(async () => {
    forge = await ForgeBench.open({ allowRecipeTests: ['box'] });
    await forge.bench.start();
    await forge.bench.waitCondition({ kind: 'Canonical', name: 'box' }, 'Ready', 'True');
    await forge.waitEnrolled();
  });
  after(() => forge.dispose());

  it('are tested cold on a comment: run, status, one answer, compared with the known-good', async () => {
    const { gitea, bench } = forge;
    const files = boxFiles(RELEASE, { 'notes.txt': 'a change\n' }) as Text;
    const pull = await gitea.createPull(REPOSITORY, { author: 'member', branch: 'change', files });
    await gitea.comment(REPOSITORY, pull, 'member', '!testme');
    await forge.waitAnswer(pull);
    expect(forge.states(pull, 'cc-ci/testme')).to.deep.equal(['pending', 'success']);
    const [answer = '', ...others] = forge.answers(pull);
    expect(others).to.deep.equal([]);
    expect(answer).to.include('Cold run of').and.to.include('passed, level').and.to.include('| Upgrade | ✅ Passed |');
    expect(answer).to.include('**Compared** with the known-good');
    const [run] = await forge.runs(pull);
    const status = await bench.runStatus(run?.object.name ?? '');
    expect(status).to.include({ commit: gitea.headOf(REPOSITORY, pull), verdict: 'Passed' });
    expect(status.promotion).to.include({ result: 'Skipped' });
    expect(await bench.ok('get', 'triggers')).to.match(/recipes\/box +Watching +box +0 +0/);
  });

  it('are tested quick, with a status of its own, and a red one says what is worse', async () => {
    const { gitea } = forge;
    const wanted = { author: 'member', branch: 'loses', files: LOSES_DATA as Text, fork: true } as const;
    const pull = await gitea.createPull(REPOSITORY, wanted);
    await gitea.comment(REPOSITORY, pull, 'member', '!testme --quick');
    await forge.waitAnswer(pull, 'cc-ci/quick');
    expect(forge.states(pull, 'cc-ci/quick')).to.deep.equal(['pending', 'failure']);
    expect(forge.states(pull, 'cc-ci/testme')).to.deep.equal([]);
    expect(forge.answers(pull)).to.have.length(1);
    expect(forge.answers(pull)[0]).to.include('Quick run of').and.to.include('DataLost').and.to.include('worse');
  });

  it('start nothing for a stranger, and the events say so', async () => {
    const { gitea, bench } = forge;
    const pull = await gitea.createPull(REPOSITORY, { author: 'outsider', branch: 'x', files: { x: '1' }, fork: true });
    await gitea.comment(REPOSITORY, pull, 'outsider', '!testme');
    const isTold = async (): Promise<boolean> => (await bench.ok('events', 'canonical/box')).includes('CommandRefused');
    await bench.waitFor('the refusal to be told', isTold);
    expect(await forge.runs(pull)).to.deep.equal([]);
    expect(forge.answers(pull)).to.deep.equal([]);
  });

  it('can be tested by hand, by their address', async () => {
    const { gitea, bench } = forge;
    const url = `${gitea.url}/${REPOSITORY}/pulls/1`;
    const { exitCode, stderr } = await bench.ccctl('run', '--from-pr', url, '--name', 'by-hand', '--wait');
    expect(exitCode, stderr).to.equal(0);
    expect(await bench.runStatus('by-hand')).to.include({ commit: gitea.headOf(REPOSITORY, 1) });
  });
});

describe('pull requests of strangers', function () {
  this.timeout(240_000);
  let forge: ForgeBench;

  before(async () => {
    const hooks = [{ name: 'mark', command: ['./mark.sh'], from: 'Recipe' }];
    const ci = { install: { hooks }, timeouts: { total: '2m', test: '20s', teardown: '30s' } };
    forge = await ForgeBench.open({}, { ci, seed: 'Manual' });
    await forge.bench.start();
    await forge.waitEnrolled();
  });
  after(() => forge.dispose());

  it('are not run on the host of the controller, nor are their hooks', async () => {
    const { gitea, bench } = forge;
    const mark = join(bench.root, 'marked');
    const files = { ...boxFiles(RELEASE), 'mark.sh': `#!/bin/sh\ntouch ${mark}\n` } as Text;
    const pull = await gitea.createPull(REPOSITORY, { author: 'outsider', branch: 'evil', files, fork: true });
    await gitea.comment(REPOSITORY, pull, 'member', '!testme');
    await forge.waitAnswer(pull);
    const [run] = await forge.runs(pull);
    const status = await bench.runStatus(run?.object.name ?? '');
    expect(conditionOf(status, 'Succeeded'), JSON.stringify(status)).to.include({ status: 'False' });
    expect(status).to.include({ blame: 'Configuration' });
    expect(forge.answers(pull)[0]).to.include('UntrustedRecipe');
    expect(existsSync(mark)).to.equal(false);
  });
});

describe('deliveries of a forge', function () {
  this.timeout(240_000);
  let forge: ForgeBench;
  const secret = 'of the hook';

  before(async () => {
    const port = await freePort();
    const webhook = { listen: `127.0.0.1:${port}`, secretFile: 'hook-secret' };
    forge = await ForgeBench.open({ forge: { pollInterval: '1h', webhook } }, { seed: 'Manual' });
    writeFileSync(join(forge.bench.root, 'hook-secret'), secret);
    await forge.bench.start();
    await forge.waitEnrolled();
    await forge.gitea.addHook(REPOSITORY, `http://127.0.0.1:${port}/hook`, secret);
  });
  after(() => forge.dispose());

  it('wake the poller at once', async () => {
    const { gitea } = forge;
    const files = boxFiles(RELEASE, { 'notes.txt': 'x' }) as Text;
    const pull = await gitea.createPull(REPOSITORY, { author: 'member', branch: 'hooked', files });
    await gitea.comment(REPOSITORY, pull, 'member', '!testme');
    await forge.waitAnswer(pull);
    expect(await forge.runs(pull)).to.have.length(1);
  });
});
