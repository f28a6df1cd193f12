import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMask } from '../../../../lib/checks/mask.ts';
import { systemClock } from '../../../../lib/clock.ts';
import { TOKEN_VARIABLE } from '../../../../lib/exec/command.ts';
import { endProcesses, listTokenProcesses } from '../../../../lib/exec/processes.ts';
import { ProcessLayout } from '../../../../lib/platform/process/layout.ts';
import { type AppliedService, type AppliedSpec, writeApplied } from '../../../../lib/platform/process/record.ts';
import { RecordKeeper } from '../../../../lib/platform/process/supervisor/record-keeper.ts';
import { RotatingLog } from '../../../../lib/platform/process/supervisor/rotating-log.ts';
import { Supervisor } from '../../../../lib/platform/process/supervisor/supervisor.ts';
import {
  readRecord,
  type ServiceExit,
  type SupervisorRecord,
  writeRecord,
} from '../../../../lib/platform/process/supervisor/supervisor-record.ts';
import { deployedApp, launchingRecord, scriptedService } from '../../../builders/applied-app.ts';
import { driven, drivenTo, PollingClock } from '../../../rig/driven.ts';

const DOMAIN = 'a.example';

describe('Supervisor', () => {
  let root: string;
  let token: string;
  let clock: PollingClock;
  let log: RotatingLog;
  let keeper: RecordKeeper;

  const app = () => new ProcessLayout(root).app(DOMAIN);
  const shown = (): Promise<SupervisorRecord | undefined> => readRecord(app().service('app').record);
  const logged = (): string => readFileSync(app().service('app').log, 'utf8');
  const has = (name: string): boolean => existsSync(join(root, name));
  const apply = (changes: Partial<AppliedSpec>, service: AppliedService = scriptedService(root, '')): Promise<void> =>
    writeApplied(app().applied, deployedApp([service], changes));

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-supervisor-'));
    token = `test-${randomBytes(4).toString('hex')}/service/app/1`;
    clock = new PollingClock();
    await mkdir(join(root, 'changes'));
    await mkdir(app().service('app').directory, { recursive: true });
  });
  afterEach(async () => {
    await endProcesses({ prefix: token, graceMs: 0, clock: systemClock });
    log.close();
    await rm(root, { recursive: true });
  });

  async function supervising(
    script: string,
    launch: Partial<AppliedService['launch']> = {},
    record: Partial<SupervisorRecord> = {},
  ): Promise<Supervisor> {
    const service = scriptedService(root, script, launch);
    await apply({}, service);
    const launching = launchingRecord({ token, ...record });
    await writeRecord(app().service('app').record, launching);
    keeper = new RecordKeeper({ appDirectory: app().directory, service: 'app', record: launching });
    log = new RotatingLog({ path: app().service('app').log, mask: createMask([]) });
    const environment = { ...service.launch.environment, [TOKEN_VARIABLE]: token };
    const own = { appDirectory: app().directory, service, specId: 'two', token, environment, keeper, log, clock };
    return new Supervisor(own);
  }
  const state = () => keeper.record.state;
  /** Has said that it waits for its next start, and does: it says so first. */
  const waits = (): Promise<void> =>
    driven(clock, async () => (await shown())?.state === 'Waiting' && clock.pendingTimers() > 0);

  it('starts the command again after its wait, not before, until the policy allows no more', async () => {
    const supervisor = await supervising('echo again >> ran; exit 3', { restart: 'OnFailure', maxAttempts: 1 });
    const begun = clock.now();
    const running = supervisor.run();
    await waits();
    await clock.advance(499);
    expect([state(), readFileSync(join(root, 'ran'), 'utf8')]).to.deep.equal(['Waiting', 'again\n']);
    await clock.advance(1);
    await drivenTo(clock, running);
    const exit = (startedAt: number): ServiceExit => ({ specId: 'two', startedAt, endedAt: startedAt, exitCode: 3 });
    const exits = [exit(begun + 500), exit(begun)];
    expect(await shown()).to.deep.equal(launchingRecord({ token, state: 'Ended', exits }));
  });

  for (const [what, withdraw] of [
    ['is stopped', () => apply({ state: 'Stopped' })],
    ['was replaced by another spec', () => apply({ specId: 'three' })],
    ['is gone', () => rm(app().applied)],
    ['was launched again', () => writeRecord(app().service('app').record, launchingRecord({ token: 'later' }))],
  ] as const) {
    it(`I18 starts nothing, or nothing more, once the app ${what}`, async () => {
      const never = await supervising('touch ran', { restart: 'Always' });
      await withdraw();
      await never.run();
      expect([state(), keeper.record.exits, has('ran')]).to.deep.equal(['Stopped', [], false]);
      log.close();
      const once = await supervising('echo again >> ran', { restart: 'Always' });
      const running = once.run();
      await waits();
      await withdraw();
      await drivenTo(clock, running, 100);
      expect([state(), keeper.record.exits.length]).to.deep.equal(['Stopped', 1]);
      expect(readFileSync(join(root, 'ran'), 'utf8')).to.equal('again\n');
    });
  }

  it('a stop in a wait ends it at once, and nothing starts', async () => {
    const supervisor = await supervising('exit 1', { restart: 'Always' });
    const running = supervisor.run();
    await waits();
    supervisor.stop();
    await running;
    expect(await shown()).to.deep.include({ state: 'Stopped', exits: keeper.record.exits });
    expect(keeper.record.exits).to.have.length(1);
  });

  it('a stop asks the command once, which ends in its own way', async () => {
    const supervisor = await supervising(
      'trap "echo asked >> asked; exit 5" TERM; touch up; while true; do sleep 0.02; done',
      { restart: 'Always' },
    );
    const running = supervisor.run();
    await driven(clock, () => has('up'));
    await driven(clock, async () => (await shown())?.state === 'Running');
    expect((await shown())?.process).to.have.keys('pid', 'startedAt');
    expect(keeper.record.health).to.equal('None');
    supervisor.stop();
    supervisor.stop();
    await drivenTo(clock, running);
    expect(readFileSync(join(root, 'asked'), 'utf8')).to.equal('asked\n');
    const ended = await shown();
    expect(ended).to.include({ state: 'Stopped' }).and.not.have.property('process');
    expect(ended?.exits.map(({ exitCode }) => exitCode)).to.deep.equal([5]);
  });

  it('a command that does not end on a stop has its grace, and no more', async () => {
    const supervisor = await supervising('trap "" TERM; touch up; while true; do sleep 0.02; done');
    const running = supervisor.run();
    await driven(clock, () => has('up'));
    const pid = keeper.record.process?.pid ?? 0;
    supervisor.stop();
    await clock.advance(999);
    await systemClock.sleep(30);
    expect(process.kill(pid, 0)).to.equal(true);
    await clock.advance(1);
    await drivenTo(clock, running);
    expect(keeper.record.exits[0]).to.include({ exitCode: 137 }).and.have.property('message');
  });

  it('a program that is not there is an end with 127, which its log explains', async () => {
    const supervisor = await supervising('', { command: ['./none'] });
    await drivenTo(clock, supervisor.run());
    expect(keeper.record).to.include({ state: 'Ended' }).and.not.have.property('process');
    expect(keeper.record.exits[0]).to.include({ exitCode: 127 });
    expect(logged()).to.include('./none');
  });

  it('keeps what the command said last, with and without an end of line, of either stream', async () => {
    const supervisor = await supervising('printf out; printf err >&2');
    await drivenTo(clock, supervisor.run());
    expect(logged().trim().split('\n').sort()).to.deep.equal(['err', 'out']);
  });

  it('keeps the newest hundred ends; those of specs before use up no attempts', async () => {
    const older = Array.from({ length: 100 }, (_, number) => ({
      ...{ specId: 'one', endedAt: 0 },
      exitCode: 1,
      startedAt: number,
    }));
    const supervisor = await supervising('exit 1', { restart: 'Always', maxAttempts: 1 }, { exits: older });
    const running = supervisor.run();
    await waits();
    supervisor.stop();
    await running;
    expect(keeper.record.exits).to.have.length(100);
    expect([keeper.record.exits[0]?.specId, keeper.record.exits.at(-1)?.startedAt]).to.deep.equal(['two', 98]);
  });

  it('is Starting until its check passes, and asked no more once it has ended', async () => {
    const command = ['/bin/sh', '-c', 'echo asked >> asked; test -e healthy'];
    const health = { command, intervalMs: 100, timeoutMs: 5_000, retries: 1, startPeriodMs: 0 };
    const supervisor = await supervising('touch up; while ! test -e end; do sleep 0.02; done', { health });
    const running = supervisor.run();
    await driven(clock, () => has('up'));
    await driven(clock, async () => (await shown())?.health === 'Starting');
    await driven(clock, () => keeper.record.health === 'Unhealthy', 100);
    for (const name of ['healthy', 'end']) {
      await mkdir(join(root, name));
      if (name === 'healthy') await driven(clock, () => keeper.record.health === 'Healthy', 100);
    }
    await drivenTo(clock, running);
    const asked = readFileSync(join(root, 'asked'), 'utf8');
    await clock.advance(1_000);
    expect([state(), readFileSync(join(root, 'asked'), 'utf8')]).to.deep.equal(['Ended', asked]);
  });

  it('T86 what the command leaves behind ends before anything else is done', async () => {
    const supervisor = await supervising('setsid sleep 600 >/dev/null 2>&1 & sleep 0.05');
    await drivenTo(clock, supervisor.run());
    expect([state(), await listTokenProcesses(token)]).to.deep.equal(['Ended', []]);
  });
});
