import { chmodSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMask } from '../../../../lib/checks/mask.ts';
import { identityOf } from '../../../../lib/exec/process-identity.ts';
import { appLayout } from '../../../../lib/platform/process/layout.ts';
import { type AppliedSpec, writeApplied } from '../../../../lib/platform/process/record.ts';
import { CommandGroup } from '../../../../lib/platform/process/supervisor/command-group.ts';
import { RotatingLog, readServiceLog } from '../../../../lib/platform/process/supervisor/rotating-log.ts';
import { runSupervisor } from '../../../../lib/platform/process/supervisor/run-supervisor.ts';
import {
  readRecord,
  type SupervisorRecord,
  writeRecord,
} from '../../../../lib/platform/process/supervisor/supervisor-record.ts';
import { deployedApp, launchingRecord, scriptedService } from '../../../builders/applied-app.ts';
import { driven, drivenTo, PollingClock } from '../../../rig/driven.ts';
import { openBelow } from '../../../rig/open-files.ts';

describe('what a supervisor works with', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-around-'));
  });
  afterEach(async () => {
    expect(openBelow(root)).to.deep.equal([]);
    await rm(root, { recursive: true });
  });

  describe('the log', () => {
    const path = (): string => join(root, 'log');
    const log = (fileBytes?: number) =>
      new RotatingLog({ path: path(), mask: createMask([]), ...(fileBytes === undefined ? {} : { fileBytes }) });
    const sizes = (): number[] => ['', '.1'].map((end) => statSync(`${path()}${end}`).size);

    it('is its owner’s only, also once it was rotated', () => {
      const one = log(4);
      one.stream().write(Buffer.from('abc\nabc\n'));
      one.stream().write(Buffer.from('abc\n'));
      one.close();
      for (const end of ['', '.1']) expect(statSync(`${path()}${end}`).mode & 0o777, end).to.equal(0o600);
    });

    it('is rotated by what would go beyond its size, not by what fills it, and counts what was there', () => {
      const one = log(8);
      one.stream().write(Buffer.from('abc\n'));
      one.stream().write(Buffer.from('abc\n'));
      expect(statSync(path()).size).to.equal(8);
      one.stream().write(Buffer.from('d\n'));
      expect(sizes()).to.deep.equal([2, 8]);
      one.close();
      const next = log(8);
      next.stream().write(Buffer.from('1234567\n'));
      expect(sizes()).to.deep.equal([8, 2]);
      next.close();
    });

    it('goes on in the file that it has where no other can be had, and keeps the older half', async () => {
      const one = log(4);
      one.stream().write(Buffer.from('abc\n'));
      mkdirSync(`${path()}.1`);
      one.stream().write(Buffer.from('lost\n'));
      rmSync(`${path()}.1`, { recursive: true });
      one.stream().write(Buffer.from('def\n'));
      expect(await readServiceLog(path())).to.deep.equal(['abc', 'def']);
      rmSync(path());
      one.stream().write(Buffer.from('ghi\n'));
      expect(await readServiceLog(path())).to.deep.equal(['abc', 'ghi']);
      one.close();
    });

    it('an overlong line is written as far as it goes; one at the limit waits for its end', async () => {
      const one = log();
      const stream = one.stream();
      stream.write(Buffer.alloc(64 * 1024, 'x'));
      expect(statSync(path()).size).to.equal(0);
      stream.write(Buffer.from('y'));
      expect(statSync(path()).size).to.equal(64 * 1024 + 1);
      stream.write(Buffer.from('z'));
      stream.end();
      stream.end();
      one.close();
      expect(readFileSync(path(), 'utf8').slice(-3)).to.equal('yz\n');
    });
  });

  describe('a command', () => {
    const environment = { PATH: '/usr/bin:/bin' };
    const run = (script: string, clock = new PollingClock(), onOutput = (_: Buffer): void => {}): CommandGroup =>
      new CommandGroup({ command: ['/bin/sh', '-c', script], directory: root, environment, onOutput }, clock);

    it('ends as it says, or by its signal, and takes its group along', async () => {
      expect(await run('exit 4').ended).to.deep.equal({ exitCode: 4 });
      const killed = run('kill -9 $$');
      expect(await killed.ended).to.include({ exitCode: 137 });
      killed.signal('SIGTERM');
      const parent = run('sleep 600 & echo $! > child; exit 0');
      await parent.ended;
      const child = Number(readFileSync(join(root, 'child'), 'utf8'));
      await drivenTo(new PollingClock(), gone(child));
    });

    it('is over half a second after its end though something else holds its output', async () => {
      const clock = new PollingClock();
      let said = '';
      const fled = 'echo $$ > child; touch fled; exec sleep 600';
      const script = `setsid sh -c '${fled}' & while ! test -e fled; do sleep 0.01; done; echo said`;
      const group = run(script, clock, (chunk) => {
        said += chunk;
      });
      let isOver = false;
      const ended = group.ended.finally(() => {
        isOver = true;
      });
      await driven(clock, () => clock.sleeping() === 1);
      await clock.advance(499);
      expect(isOver).to.equal(false);
      await clock.advance(1);
      expect([await ended, said]).to.deep.equal([{ exitCode: 0 }, 'said\n']);
      process.kill(Number(readFileSync(join(root, 'child'), 'utf8')), 'SIGKILL');
    });

    it('that cannot be run says so; only a machine without means is no fault of its own', async () => {
      chmodSync(root, 0o755);
      const group = new CommandGroup({ command: ['./none'], directory: root, environment }, new PollingClock());
      expect(group.pid).to.equal(undefined);
      group.signal('SIGKILL');
      const end = await group.ended;
      expect(end).to.include({ exitCode: 127 }).and.have.property('message');
      expect(end).to.not.have.property('exhausted');
    });

    /** Resolves once the process has ended and was looked after. */
    async function gone(pid: number): Promise<void> {
      const clock = new PollingClock();
      while (
        await identityOf(pid).then(
          () => true,
          () => false,
        )
      )
        await clock.sleep(2);
    }
  });

  describe('its order', () => {
    const app = () => appLayout(join(root, 'apps/a.example'));
    const order = { service: 'app', specId: 'two', token: 't' };
    const put = async (applied: Partial<AppliedSpec>, record: Partial<SupervisorRecord>): Promise<void> => {
      await writeApplied(app().applied, deployedApp([scriptedService(root, `touch ${root}/ran`)], applied));
      await writeRecord(app().service('app').record, launchingRecord(record));
    };

    for (const [what, applied, record, wanted] of [
      ['of another spec', { specId: 'three' }, {}, {}],
      ['of another launch', {}, { token: 'later' }, {}],
      ['that was taken over before', {}, { state: 'Waiting' }, {}],
      ['for a service that is none any more', {}, {}, { service: 'db' }],
    ] as const) {
      it(`I18 ${what} is no order: nothing starts, and nothing is written`, async () => {
        await put(applied, record);
        await runSupervisor({ appDirectory: app().directory, ...order, ...wanted });
        expect(await readRecord(app().service('app').record)).to.deep.equal(launchingRecord(record));
        expect(() => statSync(app().service('app').log)).to.throw();
        expect(() => statSync(join(root, 'ran'))).to.throw();
      });
    }

    it('I18 of an app that is gone is no order either', async () => {
      await runSupervisor({ appDirectory: app().directory, ...order });
      expect(() => statSync(join(root, 'apps'))).to.throw();
    });
  });
});
