import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import { listTokenProcesses } from '../../../lib/exec/processes.ts';
import { draftPlan } from '../../../lib/platform/swarm/stack/plan.ts';
import { docker, testSocket } from '../../rig/test-engine.ts';
import { AbraBench, COMPOSE } from './abra-bench.ts';

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'none';
  } catch (error) {
    return hasCode(error, (error as { code: never }).code) ? error.code : String(error);
  }
};

describe('AbraDriver on a real swarm', function () {
  this.timeout(120_000);
  let bench: AbraBench;
  /** The engine needs ten seconds to let go of a stack: the next test need not wait. */
  const closing: Promise<void>[] = [];

  before(() => {
    testSocket();
  });
  beforeEach(async () => {
    bench = await AbraBench.open();
  });
  afterEach(() => {
    closing.push(bench.close());
  });
  after(async () => {
    const ends = await Promise.allSettled(closing);
    expect(ends.filter(({ status }) => status === 'rejected')).to.deep.equal([]);
  });

  it('deploys exactly the commit and knows it again', async () => {
    const driver = bench.driver();
    const { revision, stack } = await bench.deployed(driver);
    expect(await bench.label('chaos-version')).to.equal(revision.commit.slice(0, 8));
    expect(await bench.label('version')).to.equal('1.0.0+1.0.0');
    const { services } = await bench.found();
    expect(services.map(({ name }) => name)).to.have.members([`${stack}_app`, `${stack}_worker`]);
    expect(driver.isRevision({ services, revision, stack })).to.equal(true);
    expect(driver.isRevision({ services, revision: { commit: 'f'.repeat(40) }, stack })).to.equal(false);
    expect(driver.isRevision({ services: [], revision, stack })).to.equal(false);
  });

  it('T104 deploys a commit that nobody trusts within limits, and marks and removes it as any other @nightly', async () => {
    const driver = bench.driver();
    const trusted = await bench.plan();
    const limits = { memoryBytes: 2 ** 26, cpus: 1, pids: 64 };
    const app = { ...trusted.app, limits };
    const plan = { ...trusted, ...(await draftPlan(app, trusted.revision, async () => 1)) };
    await driver.check(plan, bench.signal);
    await bench.secret(driver);
    await driver.apply(plan, bench.signal);
    const { services } = await bench.found();
    expect(services).to.have.length(2);
    for (const { name } of services) {
      const [limit] = JSON.parse(
        docker('service', 'inspect', name, '--format', '[{{json .Spec.TaskTemplate.Resources.Limits}}]'),
      );
      expect(limit).to.include({ MemoryBytes: 2 ** 26, NanoCPUs: 1e9, Pids: 64 });
    }
    expect(await bench.label('chaos-version')).to.equal(plan.revision.commit.slice(0, 8));
    expect(driver.isRevision({ services, revision: plan.revision, stack: plan.stack })).to.equal(true);
    await driver.remove({ domain: bench.domain }, await bench.found(), bench.signal);
    expect(bench.warnings).to.deep.equal([]);
    expect((await bench.found()).services).to.deep.equal([]);
  });

  it('T02 deploys over what is deployed, and changes it in place', async () => {
    const driver = bench.driver();
    await bench.deployed(driver);
    const before = await bench.found();
    await bench.repository.write('compose.yml', COMPOSE.replace('GREETING:-hello', 'GREETING:-good morning'));
    bench.repository.commit('2');
    const plan = await bench.plan({ GREETING: "it's $5 #1" });
    await driver.apply(plan, bench.signal);
    const after = await bench.found();
    expect(after.services.map(({ id }) => id)).to.have.members(before.services.map(({ id }) => id));
    expect(driver.isRevision({ services: after.services, revision: plan.revision, stack: plan.stack })).to.equal(true);
    expect(await bench.env()).to.match(/^GREETING="it's \\\$5 #1"$/m);
  });

  it('T01 writes the env file by keys, with a final newline, whatever abra made of it @nightly', async () => {
    const driver = bench.driver();
    const plan = await bench.deployed(driver);
    expect(await bench.env()).to.not.match(/\n$/);
    await driver.apply({ ...plan, app: { ...plan.app, env: { ...plan.app.env, LAST: 'x' } } }, bench.signal);
    expect(await bench.env()).to.match(/^LAST=x$/m);
    expect((await stat(bench.envFile)).mode & 0o777).to.equal(0o600);
  });

  it('T09 takes off and deploys again although the env file is pinned to a commit that is gone @nightly', async () => {
    const driver = bench.driver();
    const plan = await bench.deployed(driver);
    const pin = async (): Promise<void> =>
      writeFile(bench.envFile, (await bench.env()).replace(/^TYPE=.*/m, 'TYPE=notes:deadbeef'));
    await pin();
    await driver.apply(plan, bench.signal);
    expect(await bench.label('chaos-version')).to.equal(plan.revision.commit.slice(0, 8));
    await pin();
    await driver.remove({ domain: bench.domain }, await bench.found(), bench.signal);
    expect(bench.warnings).to.deep.equal([]);
    expect((await bench.found()).services).to.deep.equal([]);
  });

  it('deploys a commit that only a private ref of the repository holds', async () => {
    await bench.repository.write('extra.txt', 'x');
    const commit = bench.repository.commit('unpublished');
    bench.repository.git('update-ref', 'refs/cc-ci/keep/1', commit);
    const plan = await bench.plan();
    bench.repository.git('reset', '--quiet', '--hard', 'HEAD~1');
    const driver = bench.driver();
    await driver.check(plan, bench.signal);
    await bench.secret(driver);
    await driver.apply(plan, bench.signal);
    expect(await bench.label('chaos-version')).to.equal(commit.slice(0, 8));
  });

  it('T39 makes a clone anew in which files lie about, or that is broken @nightly', async () => {
    const driver = bench.driver();
    const plan = await bench.deployed(driver);
    const clone = join(bench.home, 'recipes', 'notes');
    await writeFile(join(clone, 'compose.extra.yml'), 'services: {}\n');
    await driver.apply(plan, bench.signal);
    expect(await readdir(clone)).to.not.include('compose.extra.yml');
    await writeFile(join(clone, '.git', 'index.lock'), '');
    await rm(join(clone, '.git', 'objects'), { recursive: true });
    await driver.apply(plan, bench.signal);
    expect(await bench.label('chaos-version')).to.equal(plan.revision.commit.slice(0, 8));
  });

  it('I13 refuses what was deployed from a tree that somebody changed meanwhile', async () => {
    const binary = await bench.wrapper('[ "$2" = deploy ] && touch "$ABRA_DIR/recipes/notes/stray"');
    const driver = bench.driver({ binary });
    expect(await codeOf(bench.deployed(driver))).to.equal('CommandFailed');
    expect(await bench.label('chaos-version')).to.match(/\+U$/);
    const { services } = await bench.found();
    const { revision, stack } = await bench.plan();
    expect(driver.isRevision({ services, revision, stack })).to.equal(false);
  });

  it('T03 reads fatal errors from standard output', async () => {
    await bench.repository.write(
      'compose.yml',
      COMPOSE.replaceAll('stop_grace_period: 1s', 'stop_grace_period: "${GRACE:-1s}"'),
    );
    bench.repository.commit('odd duration');
    const driver = bench.driver();
    const plan = await bench.plan();
    await driver.check(plan, bench.signal);
    expect(await codeOf(driver.apply(plan, bench.signal))).to.equal('InvalidInput');
    expect((await bench.found()).services).to.deep.equal([]);
  });

  it('a secret that nobody made stops the deploy before anything is there', async () => {
    const driver = bench.driver();
    const plan = await bench.plan();
    await driver.check(plan, bench.signal);
    expect(await codeOf(driver.apply(plan, bench.signal))).to.equal('InvalidInput');
    expect((await bench.found()).services).to.deep.equal([]);
  });

  it('T04 T69 a deploy that abra calls failed counts when the spec was applied', async () => {
    const driver = bench.driver();
    await bench.faults({ 'app deploy': { when: 'After', fatal: 'deploy failed 🛑' } });
    const plan = await bench.deployed(driver);
    expect(bench.warnings).to.have.length(1);
    await driver.apply(plan, bench.signal);
    expect(bench.warnings).to.have.length(2);
  });

  it('T69 an exit code without a word counts only when every service was changed @nightly', async () => {
    const driver = bench.driver();
    await bench.faults({ 'app deploy': { when: 'After', exitCode: 3 } });
    const plan = await bench.deployed(driver);
    expect(await codeOf(driver.apply(plan, bench.signal))).to.equal('CommandFailed');
    await bench.faults({ 'app deploy': { when: 'Before', exitCode: 3 } });
    expect(await codeOf(driver.apply(await bench.plan({ GREETING: 'x' }), bench.signal))).to.equal('CommandFailed');
  });

  it('T69 bears 100 MB of output and text that is no UTF-8', async () => {
    await bench.faults({ 'app deploy': { when: 'After', flood: 100 * 1024 * 1024, invalidUtf8: true } });
    const { revision } = await bench.deployed(bench.driver());
    expect(await bench.label('chaos-version')).to.equal(revision.commit.slice(0, 8));
  });

  it('T69 a hanging abra ends with the signal, and nothing of it is left', async () => {
    const driver = bench.driver();
    const plan = await bench.plan();
    await driver.check(plan, bench.signal);
    await bench.faults({ 'app deploy': { hang: true } });
    const controller = new AbortController();
    const applying = codeOf(driver.apply(plan, controller.signal));
    for (let i = 0; i < 200 && (await listTokenProcesses(`${bench.instanceId}/child/`)).length === 0; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    controller.abort();
    expect(await applying).to.equal('Aborted');
    expect(await listTokenProcesses(`${bench.instanceId}/child/`)).to.deep.equal([]);
  });

  it('I10 gives secret values in files only', async () => {
    const log = join(bench.root, 'calls');
    const binary = await bench.wrapper(`echo "$*" >>${log}; env >>${log}`);
    const driver = bench.driver({ binary });
    await bench.deployed(driver);
    const calls = await readFile(log, 'utf8');
    expect(calls).to.include('app secret insert').and.not.include('very-secret-value');
    expect((await bench.found()).services).to.have.length(2);
  });

  it('makes no secret twice, and forgets everything it made @nightly', async () => {
    const driver = bench.driver();
    await bench.deployed(driver);
    expect(await codeOf(bench.secret(driver))).to.equal('Conflict');
    expect(await driver.leftovers({ domain: bench.domain })).to.have.length(1);
    await driver.remove({ domain: bench.domain }, await bench.found(), bench.signal);
    for (let i = 0; i < 300 && (await bench.found()).containers.length > 0; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await driver.forget({ domain: bench.domain }, bench.signal);
    expect(bench.warnings).to.deep.equal([]);
    expect(await bench.engine.secrets('', [`${bench.stack}_token_v1`], bench.signal)).to.deep.equal([]);
    expect(await driver.leftovers({ domain: bench.domain })).to.deep.equal([]);
    await driver.forget({ domain: bench.domain }, bench.signal);
  });

  it('forgets a secret whose making was cut off, with a new driver', async () => {
    const first = bench.driver();
    await first.check(await bench.plan(), bench.signal);
    await bench.secret(first);
    await rm(bench.envFile);
    await bench.driver().forget({ domain: bench.domain }, bench.signal);
    expect(await bench.engine.secrets('', [`${bench.stack}_token_v1`], bench.signal)).to.deep.equal([]);
  });

  it('takes off an app whose private directory is lost, or whose abra fails', async () => {
    const driver = bench.driver();
    await bench.deployed(driver);
    await rm(bench.home, { recursive: true });
    await driver.remove({ domain: bench.domain }, await bench.found(), bench.signal);
    expect((await bench.found()).services).to.deep.equal([]);
    await driver.remove({ domain: bench.domain }, await bench.found(), bench.signal);
    expect(bench.warnings).to.have.length(1);
  });

  it('keeps volumes and secrets when an app is taken off', async () => {
    const driver = bench.driver();
    await bench.deployed(driver);
    await driver.remove({ domain: bench.domain }, await bench.found(), bench.signal);
    expect(await bench.engine.secrets('', [`${bench.stack}_token_v1`], bench.signal)).to.have.length(1);
    expect(await bench.env()).to.match(/^TYPE=notes$/m);
  });
});
