import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { appLayout } from '../../../lib/platform/process/layout.ts';
import {
  type AppliedSpec,
  emptyApplied,
  type ServiceLaunch,
  writeApplied,
} from '../../../lib/platform/process/record.ts';
import { runSupervisor } from '../../../lib/platform/process/supervisor/run-supervisor.ts';
import {
  readRecord,
  type SupervisorRecord,
  writeRecord,
} from '../../../lib/platform/process/supervisor/supervisor-record.ts';

/** Of this very process: whoever has the same token is ended with it. */
const TOKEN = `ccci-${randomUUID()}/service/a.example/app/1`;
const SIGNALS = ['SIGHUP', 'SIGTERM', 'SIGINT'] as const;

/** Where a link leads; empty for one that went meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

describe('a supervisor', () => {
  let root: string;
  let directory: string;
  let others: Map<string, readonly unknown[]>;
  const paths = () => appLayout(directory).service('app');
  const seen = async (): Promise<SupervisorRecord> => (await readRecord(paths().record))!;
  const log = (): string => readFileSync(paths().log, 'utf8');

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-supervisor-')));
    directory = join(root, 'apps/a.example');
    for (const place of [paths().home, join(root, 'changes')]) await mkdir(place, { recursive: true });
    others = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
  });
  afterEach(async () => {
    for (const signal of SIGNALS) {
      const added = process.listeners(signal).filter((one) => !others.get(signal)?.includes(one));
      for (const listener of added) process.removeListener(signal, listener);
    }
    await rm(root, { recursive: true });
  });

  const launch = (command: readonly string[], changes: Partial<ServiceLaunch> = {}): ServiceLaunch => ({
    ...{ command, directory: root, environment: { PATH: process.env.PATH ?? '', GREETING: 'hello' }, maskFiles: [] },
    ...{ restart: 'Never', stopGraceMs: 200 },
    ...changes,
  });
  const apply = (of: ServiceLaunch, changes: Partial<AppliedSpec> = {}): Promise<void> =>
    writeApplied(appLayout(directory).applied, {
      ...{ ...emptyApplied('i'), state: 'Deployed', specId: 'spec' },
      services: [{ name: 'app', image: 'x', replicas: 1, launch: of }],
      ...changes,
    } as AppliedSpec);
  const wanted = (changes: Partial<SupervisorRecord> = {}): Promise<void> =>
    writeRecord(paths().record, {
      ...{ token: TOKEN, specId: 'spec', state: 'Launching', health: 'None', exits: [] },
      ...changes,
    });
  const run = (changes: Partial<Parameters<typeof runSupervisor>[0]> = {}): Promise<void> =>
    runSupervisor({ appDirectory: directory, service: 'app', specId: 'spec', token: TOKEN, ...changes });

  /** Waits, bounded, until the record is so. */
  const until = async (holds: (record: SupervisorRecord) => boolean): Promise<SupervisorRecord> => {
    for (let look = 0; look < 1_000; look += 1) {
      const record = await readRecord(paths().record);
      if (record !== undefined && holds(record)) return record;
      await systemClock.sleep(10);
    }
    throw new Error(`never happened: ${JSON.stringify(await readRecord(paths().record))}`);
  };

  for (const [what, arrange, changes] of [
    ['another spec is applied', () => apply(launch(['true']), { specId: 'other' }), {}],
    ['nothing is applied', async () => {}, {}],
    ['the app has no such service', () => apply(launch(['true']), { services: [] }), {}],
    ['the record is of another launch', () => apply(launch(['true'])), { token: 'other' }],
    ['the launch was taken over before', () => apply(launch(['true'])), { state: 'Waiting' }],
  ] as const) {
    it(`I18 starts nothing where ${what}`, async () => {
      await arrange();
      await wanted(changes as Partial<SupervisorRecord>);
      const before = await seen();
      await run();
      expect([await seen(), existsSync(paths().log)]).to.deep.equal([before, false]);
    });
  }

  it('runs a command once where it may not be started again, and records how that went', async () => {
    const secret = join(root, 'key');
    writeFileSync(secret, 'topsecret');
    const script = 'echo "$GREETING $CCCI_TOKEN" && echo topsecret >&2 && exit 3';
    await apply(launch(['sh', '-c', script], { maskFiles: [secret] }));
    const earlier = { specId: 'before', startedAt: 1, endedAt: 2, exitCode: 0 };
    await wanted({ exits: [earlier] });
    const started = Date.now();
    await run();
    const record = await seen();
    expect(record).to.deep.include({ state: 'Ended', token: TOKEN, specId: 'spec' });
    expect(record).to.not.have.property('process');
    expect(record.supervisor?.pid).to.equal(process.pid);
    expect(record.exits).to.have.length(2);
    expect(record.exits[0]).to.include({ specId: 'spec', exitCode: 3 });
    expect(record.exits[0]!.startedAt).to.be.within(started, record.exits[0]!.endedAt);
    expect(record.exits[1]).to.deep.equal(earlier);
    expect(log()).to.include(`hello ${TOKEN}\n`).and.to.not.include('topsecret');
    expect((statSync(paths().log).mode & 0o777).toString(8)).to.equal('600');
    const open = readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`));
    expect(open).to.not.include(paths().log);
  });

  it('starts a failed command again as often as it may, and counts those of its own spec only', async () => {
    await apply(launch(['false'], { restart: 'OnFailure', maxAttempts: 1 }));
    const earlier = { specId: 'before', startedAt: 1, endedAt: 2, exitCode: 1 };
    await wanted({ exits: [earlier, earlier] });
    await run();
    const { exits, state } = await seen();
    expect([state, exits.map(({ specId, exitCode }) => `${specId} ${exitCode}`)]).to.deep.equal([
      ...['Ended', ['spec 1', 'spec 1', 'before 1', 'before 1']],
    ]);
  });

  it('a program that is not there has ended with 127, and the log says why', async () => {
    await apply(launch(['/no/such/program']));
    await wanted();
    await run();
    const { state, exits } = await seen();
    expect([state, exits[0]?.exitCode]).to.deep.equal(['Ended', 127]);
    expect(exits[0]?.message).to.include('/no/such/program');
    expect(log()).to.include('/no/such/program');
  });

  it('keeps the last hundred ends', async () => {
    await apply(launch(['true']));
    const earlier = { specId: 'before', startedAt: 1, endedAt: 2, exitCode: 1 };
    await wanted({ exits: Array.from({ length: 100 }, (_, number) => ({ ...earlier, startedAt: number })) });
    await run();
    const { exits } = await seen();
    expect([exits.length, exits[0]?.specId, exits.at(-1)?.startedAt]).to.deep.equal([100, 'spec', 98]);
  });

  for (const [what, replace] of [
    ['another spec was applied', () => apply(launch(['true']), { specId: 'other' })],
    ['the app was stopped', () => apply(launch(['true']), { state: 'Stopped' })],
  ] as const) {
    it(`I18 does not start a command again once ${what}`, async () => {
      await apply(launch(['sh', '-c', 'while [ ! -e end ]; do sleep 0.01; done'], { restart: 'Always' }));
      await wanted();
      const running = run();
      await until(({ state }) => state === 'Running');
      await replace();
      writeFileSync(join(root, 'end'), '');
      await running;
      const { state, exits } = await seen();
      expect([state, exits.length]).to.deep.equal(['Stopped', 1]);
    });
  }

  it('told to stop it ends the command, its children and the waiting, and records that', async () => {
    await apply(launch(['sh', '-c', 'sleep 1000 & wait'], { restart: 'Always' }));
    await wanted();
    const running = run();
    const { process: command, health } = await until(({ state }) => state === 'Running');
    expect([command!.pid !== process.pid, health]).to.deep.equal([true, 'None']);
    process.listeners('SIGTERM').at(-1)!('SIGTERM');
    await running;
    const { state, exits } = await seen();
    expect([state, exits.length, exits[0]?.exitCode]).to.deep.equal(['Stopped', 1, 143]);
    expect(existsSync(`/proc/${command!.pid}`)).to.equal(false);
  });

  it('kills what ignores the request once its grace is over', async () => {
    await apply(launch(['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'], { restart: 'Always' }));
    await wanted();
    const running = run();
    await until(({ state }) => state === 'Running' && existsSync(paths().log) && log().includes('up'));
    process.listeners('SIGTERM').at(-1)!('SIGTERM');
    await running;
    const { state, exits } = await seen();
    expect([state, exits[0]?.exitCode]).to.deep.equal(['Stopped', 137]);
  });

  it('tells the health of the command: starting, healthy, unhealthy after so many failures, and healthy again', async () => {
    const check = { command: ['test', '-e', 'well'], intervalMs: 20, timeoutMs: 5_000, retries: 2, startPeriodMs: 0 };
    await apply(launch(['sleep', '1000'], { restart: 'Always', health: check }));
    await wanted();
    const running = run();
    expect((await until(({ state }) => state === 'Running')).health).to.be.oneOf(['Starting', 'Unhealthy']);
    await until(({ health }) => health === 'Unhealthy');
    writeFileSync(join(root, 'well'), '');
    await until(({ health }) => health === 'Healthy');
    await rm(join(root, 'well'));
    await until(({ health }) => health === 'Unhealthy');
    process.listeners('SIGTERM').at(-1)!('SIGTERM');
    await running;
    expect(await seen()).to.include({ state: 'Stopped' });
  });
});
