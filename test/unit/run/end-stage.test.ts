import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { StageEnd } from '../../../controllers/run/stage.ts';
import { endStage } from '../../../controllers/run/steps/failure-evidence.ts';
import type { StageName } from '../../../lib/api/index.ts';
import { toTime } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { BASE, HEAD, resolvedRun } from '../../builders/resolved-run.ts';
import { attemptMemory, testingJournal } from '../../builders/run-facts.ts';
import { codeOf } from '../../rig/code-of.ts';
import { RunWorld } from './run-world.ts';

const failed = (reason: StageEnd['reason'] & string, more: Partial<StageEnd> = {}): StageEnd => ({
  ...{ result: 'Failed', reason, message: 'm' },
  ...more,
});

describe('the end of a stage', () => {
  let world: RunWorld;

  beforeEach(() => {
    world = new RunWorld();
    world.deployed = true;
    world.journal = testingJournal({ memory: attemptMemory({ up: true, appliedMs: 1 }) });
    world.logs.set('db', ['ready']).set('app', ['starting', 'no geheim: leaving']);
  });
  afterEach(() => world.close());

  const end = async (name: StageName, ended: StageEnd) => {
    const context = await world.prepared(name);
    const stage = world.stage(name)!;
    await endStage(context, stage, ended);
    return stage;
  };
  const log = (name: string) => join(world.directories.logs, name);

  it('that passed is its result with the time and what was used, masked; nobody looks for logs', async () => {
    expect(await end('Upgrade', { result: 'Passed', message: 'fine, geheim' })).to.deep.equal({
      ...{ name: 'Upgrade', result: 'Passed', message: 'fine, ***', endTime: toTime(world.clock.now()) },
    });
    expect([world.took(), existsSync(world.directories.logs)]).to.deep.equal([['measure Upgrade'], false]);
  });

  it('that was skipped used nothing', async () => {
    await end('Upgrade', { result: 'Skipped', reason: 'NothingToTest' });
    expect(world.took()).to.deep.equal([]);
  });

  it('T60 I10 that failed keeps logs and tasks first, masked, and tells service and last lines', async () => {
    const stage = await end('Upgrade', failed('TestsFailed'));
    expect(world.took()).to.deep.equal(['observe', 'measure Upgrade']);
    expect(stage).to.deep.include({ service: 'app', logTail: ['starting', 'no ***: leaving'], message: 'm' });
    expect(readFileSync(log('upgrade-service-app.log'), 'utf8')).to.equal('starting\nno ***: leaving\n');
    expect(readFileSync(log('upgrade-service-db.log'), 'utf8')).to.equal('ready\n');
    expect(JSON.parse(readFileSync(log('upgrade-tasks.json'), 'utf8'))).to.have.lengthOf(2);
  });

  it('tells the service that failed, or the first one, and the lines that were there already', async () => {
    expect(await end('Upgrade', failed('TestsFailed', { service: 'db' }))).to.deep.include({ logTail: ['ready'] });
    const own = { service: 'db', logTail: ['own'] };
    expect(await end('Upgrade', failed('TestsFailed', own))).to.deep.include(own);
    expect(await end('Upgrade', failed('TestsFailed', { logTail: [] }))).to.deep.include({ service: 'app' });
    world.logs.delete('app');
    expect((await end('Backup', failed('TestsFailed'))).service).to.equal('db');
    world.logs.set('db', []);
    expect(await end('Restore', failed('TestsFailed')))
      .to.include({ service: 'db' })
      .and.not.have.property('logTail');
    expect(readFileSync(log('restore-service-db.log'), 'utf8')).to.equal('');
    world.logs.clear();
    expect(await end('Custom', failed('TestsFailed'))).to.not.have.any.keys('service', 'logTail');
  });

  it('says what an app that crashed said last', async () => {
    world.logs.set('app', ['fatal: no key']);
    expect((await end('Upgrade', failed('CrashLoop'))).message).to.include('fatal: no key');
    expect((await end('Backup', failed('DataLost'))).message).to.equal('m');
  });

  for (const name of ['Prepare', 'Lint'] as const) {
    it(`has no app to look at in ${name}`, async () => {
      await end(name, failed('LintErrors'));
      expect(world.took()).to.not.include('observe');
    });
  }

  for (const [reason, is] of [
    ['TestsFailed', 'ChangedByOthers'],
    ['DeadlineExceeded', 'ChangedByOthers'],
    ['NotFound', 'ChangedByOthers'],
    ['Refused', 'ChangedByOthers'],
    ['ChangedByOthers', 'ChangedByOthers'],
    ['InvalidRecipe', 'InvalidRecipe'],
    ['LintErrors', 'LintErrors'],
    ['Misconfigured', 'Misconfigured'],
    ['InvalidProfile', 'InvalidProfile'],
  ] as const) {
    it(`by ${reason} is ${is} where somebody changed the app, and says both`, async () => {
      world.changedByOthers = 'scaled';
      const stage = await end('Upgrade', failed(reason));
      expect(stage.reason).to.equal(is);
      expect(stage.message?.includes('scaled')).to.equal(is !== reason);
      expect(stage).to.not.have.property('changedByOthers');
      expect(world.journal.memory?.up).to.equal(is !== 'ChangedByOthers');
    });
  }

  it('is changed by others where the app is gone, but not where none was deployed', async () => {
    world.deployed = false;
    expect((await end('Upgrade', failed('TestsFailed'))).reason).to.equal('ChangedByOthers');
    world.journal = testingJournal({ memory: attemptMemory({ appliedMs: 0 }) });
    expect((await end('Backup', failed('TestsFailed'))).reason).to.equal('TestsFailed');
  });

  it('T100 is not the recipe’s where there is no room; what is not the recipe’s anyway stands', async () => {
    world.diskFloorBytes = Number.MAX_VALUE;
    for (const reason of ['TestsFailed', 'DeadlineExceeded', 'CrashLoop'] as const) {
      expect(await codeOf(end('Upgrade', failed(reason)))).to.equal('NoSpace');
      expect(world.stage('Upgrade')?.result).to.equal('Pending');
    }
    for (const reason of ['InvalidProfile', 'InvalidRecipe', 'LintErrors', 'ChangedByOthers'] as const) {
      expect((await end('Upgrade', failed(reason))).reason).to.equal(reason);
    }
    expect((await end('Backup', { result: 'Passed' })).result).to.equal('Passed');
  });

  for (const [reason, is] of [
    ['CrashLoop', 'BaseInstallFailed'],
    ['DeadlineExceeded', 'BaseInstallFailed'],
    ['InstallHookFailed', 'InstallHookFailed'],
    ['SeedFailed', 'SeedFailed'],
    ['NoIngress', 'NoIngress'],
    ['ChangedByOthers', 'ChangedByOthers'],
  ] as const) {
    it(`of the install of a base by ${reason} is ${is}`, async () => {
      const stage = await end('Install', failed(reason));
      expect(stage.reason).to.equal(is);
      if (is !== reason) expect(stage.message).to.include('1.0.0+1.0.0').and.include('ci.upgrade.base');
      expect((await end('Upgrade', failed(reason))).reason, 'of head').to.equal(reason);
    });
  }

  it('of the install of head, or of what nobody knows, keeps its reason; a base without a version has its commit', async () => {
    world.resolved = resolvedRun({ base: { from: 'None', reason: 'NothingToTest', message: 'x' } });
    expect((await end('Install', failed('CrashLoop'))).reason).to.equal('CrashLoop');
    world.resolved = resolvedRun({ base: { from: 'DefaultBranch', commit: BASE } });
    expect((await end('Install', failed('CrashLoop'))).message)
      .to.include(BASE.slice(0, 10))
      .and.not.include(HEAD);
    expect((await end('Install', { result: 'Passed', reason: 'WeakEvidence' })).reason).to.equal('WeakEvidence');
  });

  it('stands where its logs cannot be kept, but not where the engine is gone or the pass is stopped', async () => {
    mkdirSync(world.root, { recursive: true });
    writeFileSync(world.directories.logs, 'in the way');
    expect((await end('Upgrade', failed('TestsFailed'))).result).to.equal('Failed');
    expect(world.log.take()).to.deep.equal(['warn']);
    rmSync(world.directories.logs);
    for (const code of ['Aborted', 'Unreachable'] as const) {
      world.fail('observe', new CcError(code, 'x'));
      expect(await codeOf(end('Backup', failed('TestsFailed')))).to.equal(code);
      expect(world.stage('Backup')?.result).to.equal('Pending');
    }
    expect(world.log.take()).to.deep.equal([]);
  });
});
