import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../../lib/clock.ts';
import { TOKEN_VARIABLE } from '../../../../lib/exec/command.ts';
import { identityOf } from '../../../../lib/exec/process-identity.ts';
import { endProcesses } from '../../../../lib/exec/processes.ts';
import { ProcessLayout } from '../../../../lib/platform/process/layout.ts';
import { ServiceProcesses } from '../../../../lib/platform/process/processes.ts';
import type { AppliedService, AppliedSpec } from '../../../../lib/platform/process/record.ts';
import { readRecord, writeRecord } from '../../../../lib/platform/process/supervisor/supervisor-record.ts';
import { deployedApp, launchingRecord, scriptedService } from '../../../builders/applied-app.ts';
import { codeOf } from '../../../rig/code-of.ts';
import { driven, drivenTo, lookedTwice, PollingClock } from '../../../rig/driven.ts';
import { openBelow } from '../../../rig/open-files.ts';

const DOMAIN = 'a.example';
const NEVER = new AbortController().signal;
/** Takes over as a supervisor does, having kept what it was started with; ends at once. */
const TAKES_OVER = `
cp "$1/services/$2/supervisor.json" "$1/journaled"; env > "$1/env"; pwd > "$1/cwd"; echo "$3" > "$1/spec"
printf '{"token":"%s","specId":"%s","state":"Waiting","health":"None","exits":[],"supervisor":{"pid":1,"startTicks":1,"bootId":"b"}}' \\
  "$CCCI_TOKEN" "$3" > "$1/services/$2/.new" && mv "$1/services/$2/.new" "$1/services/$2/supervisor.json"
`;

/** Ends when it is asked to, and notes that it was. */
const POLITE = 'trap "touch asked; exit" TERM; touch up; while true; do sleep 0.02; done';

describe('ServiceProcesses', () => {
  let root: string;
  let instanceId: string;
  let clock: PollingClock;
  const children: ChildProcess[] = [];
  const layout = () => new ProcessLayout(root).app(DOMAIN);
  let service: AppliedService;
  let applied: AppliedSpec;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-processes-'));
    instanceId = `test-${randomBytes(4).toString('hex')}`;
    clock = new PollingClock();
    await mkdir(layout().services, { recursive: true });
    service = scriptedService(join(root, 'checkout'), '', { stopGraceMs: 400 });
    applied = deployedApp([service], { commit: 'c2', version: '1.0.0' });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await endProcesses({ prefix: `${instanceId}/`, graceMs: 0, clock: systemClock });
    expect(openBelow(root)).to.deep.equal([]);
    await rm(root, { recursive: true });
  });

  const processes = (supervisor: readonly string[] = [], more: object = {}) =>
    new ServiceProcesses({
      ...{ layout: new ProcessLayout(root), instanceId, clock, path: '/usr/bin:/bin' },
      supervisorCommand: supervisor,
      ...more,
    });
  const shell = (script: string): string[] => ['/bin/sh', '-c', script, 'sh'];
  /** A process of the app that lives until it is ended, and notes in a file by what it was. */
  const started = async (token: string, script: string): Promise<number> => {
    const env = { PATH: '/usr/bin:/bin', [TOKEN_VARIABLE]: token };
    const child = spawn('/bin/sh', ['-c', script], { env, cwd: root, detached: true, stdio: 'ignore' });
    children.push(child);
    await driven(clock, () => existsSync(join(root, 'up')));
    await rm(join(root, 'up'));
    return child.pid ?? 0;
  };
  const text = (name: string): string => readFileSync(join(layout().directory, name), 'utf8').trim();

  describe('a launch', () => {
    const launch = (supervisor: readonly string[], signal = NEVER) =>
      drivenTo(clock, processes(supervisor).launch(DOMAIN, applied, service, signal));

    it('is journaled before its supervisor starts, with the ends of before, and over once that has taken over', async () => {
      const exits = [{ specId: 'one', startedAt: 1, endedAt: 2, exitCode: 3 }];
      const { record, home, supervisorLog } = layout().service('app');
      await writeRecord(record, launchingRecord({ exits, commit: 'c1' }));
      await launch(shell(TAKES_OVER));
      const { token, ...journaled } = JSON.parse(text('journaled'));
      const { token: _, ...expected } = launchingRecord({ exits, commit: 'c2', version: '1.0.0' });
      expect(journaled).to.deep.equal(expected);
      expect(token).to.match(new RegExp(`^${instanceId}/service/${DOMAIN}/app/[0-9a-f]{12}$`));
      expect((await readRecord(record))?.state).to.equal('Waiting');
      expect([statSync(home).mode & 0o777, statSync(supervisorLog).mode & 0o777]).to.deep.equal([0o700, 0o600]);
      expect([text('cwd'), text('spec')]).to.deep.equal([layout().directory, 'two']);
      const env = text('env')
        .split('\n')
        .filter((line) => !/^(?:PWD|OLDPWD|SHLVL|_)=/.test(line));
      expect(env.sort()).to.deep.equal([`${TOKEN_VARIABLE}=${token}`, 'LANG=C.UTF-8', 'PATH=/usr/bin:/bin']);
    });

    for (const [what, supervisor] of [
      ['says why and ends', shell('echo odd >&2; exit 3')],
      ['is not there', ['./none']],
      ['takes over for another launch', shell(TAKES_OVER.replace('"$CCCI_TOKEN"', '"other"'))],
    ] as const) {
      it(`of a supervisor that ${what} has failed`, async () => {
        expect(await codeOf(launch(supervisor))).to.equal('Unreachable');
      });
    }

    it('of a supervisor that does nothing is given up after half a minute, or with its signal', async () => {
      const began = (): boolean => existsSync(join(layout().directory, 'began'));
      let isOver = false;
      const launching = codeOf(launch(shell('touch "$1/began"; exec sleep 600'))).finally(() => {
        isOver = true;
      });
      await driven(clock, () => began() && clock.sleeping() > 0);
      await clock.advance(29_999);
      expect(isOver).to.equal(false);
      await clock.advance(1);
      expect(await launching).to.equal('Unreachable');
      await rm(join(layout().directory, 'began'));
      const end = new AbortController();
      const aborted = codeOf(launch(shell('touch "$1/began"; exec sleep 600'), end.signal));
      await driven(clock, began);
      end.abort(Object.assign(new Error('ended'), { code: 'EENDED' }));
      expect(await aborted).to.equal('EENDED');
    });

    it('is over as soon as its supervisor tells, which lives on, and not before', async () => {
      const tells = TAKES_OVER.replace(
        ' && mv',
        '; touch "$1/written"; while ! [ -e "$1/go" ]; do sleep 0.02; done; mv',
      );
      let isOver = false;
      const launching = launch(shell(`${tells}printf . >&$4; exec 3>&-; exec sleep 600`)).finally(() => {
        isOver = true;
      });
      await driven(clock, () => existsSync(join(layout().directory, 'written')));
      expect([isOver, clock.sleeping()]).to.deep.equal([false, 1]);
      await writeFile(join(layout().directory, 'go'), '');
      await launching;
      expect(await processes().list(DOMAIN)).to.not.deep.equal([]);
    });

    it('of a supervisor that lets go of its handle without a word is over when that ends', async () => {
      await launch(shell(`exec 3>&-; sleep 0.1; ${TAKES_OVER}`));
      expect((await readRecord(layout().service('app').record))?.state).to.equal('Waiting');
    });

    it('ends first what a supervisor of before left behind, in its own way', async () => {
      const pid = await started(`${instanceId}/service/${DOMAIN}/app/before`, POLITE);
      await launch(shell(TAKES_OVER));
      expect(() => process.kill(pid, 0)).to.throw();
      expect(existsSync(join(root, 'asked'))).to.equal(true);
    });
  });

  describe('the processes of a service', () => {
    const cgroups = (members: Readonly<Record<string, number[]>>) =>
      ({ members: (prefix: string) => members[prefix] ?? [], names: () => ['b.example'] }) as never;

    it('are those in its cgroups where these hold any: its supervisor’s and commands in its surroundings', async () => {
      const held = {
        [`${instanceId}/service/${DOMAIN}/app/`]: [7, 8],
        [`${instanceId}/child/exec/${DOMAIN}/app/`]: [9],
        [`${instanceId}/service/b.example/db/`]: [10],
      };
      await started(`${instanceId}/service/${DOMAIN}/db/1`, 'touch up; exec sleep 600');
      const members = await processes([], { cgroups: cgroups(held) }).membersOf(DOMAIN, ['app', 'db']);
      expect([...members]).to.deep.equal([
        ['app', [7, 8, 9]],
        ['db', []],
      ]);
    });

    it('are those with its tokens where there are no cgroups, or these hold none', async () => {
      const pid = await started(`${instanceId}/service/${DOMAIN}/app/1`, 'touch up; exec sleep 600');
      const other = await started(`${instanceId}/child/exec/${DOMAIN}/db/1`, 'touch up; exec sleep 600');
      await started(`${instanceId}/service/${DOMAIN}/gone/1`, 'touch up; exec sleep 600');
      for (const more of [{}, { cgroups: cgroups({}) }]) {
        const members = await processes([], more).membersOf(DOMAIN, ['app', 'db']);
        expect([...members]).to.deep.equal([
          ['app', [pid]],
          ['db', [other]],
        ]);
      }
      expect(await processes().domains()).to.deep.equal([DOMAIN]);
      expect(await processes([], { cgroups: cgroups({}) }).domains()).to.deep.equal([DOMAIN, 'b.example']);
      expect((await processes().list(DOMAIN)).map(({ pid: one }) => one)).to.include.members([pid, other]);
    });

    it('have tokens of their own', () => {
      const [one, two] = [1, 2].map(() => processes().execToken(DOMAIN, 'app'));
      expect(one)
        .to.match(new RegExp(`^${instanceId}/child/exec/${DOMAIN}/app/[0-9a-f]{12}$`))
        .and.not.equal(two);
      expect([processes().prefix(), processes().prefix(DOMAIN)]).to.deep.equal([
        ...[`${instanceId}/service/`, `${instanceId}/service/${DOMAIN}/`],
      ]);
    });
  });

  describe('a stop', () => {
    const supervised = async (script: string): Promise<number> => {
      const pid = await started(`${instanceId}/service/${DOMAIN}/app/1`, script);
      const record = launchingRecord({ supervisor: await identityOf(pid), state: 'Running' });
      await writeRecord(layout().service('app').record, record);
      return pid;
    };

    it('leaves it to a supervisor to end its service, and waits for that', async () => {
      const child =
        'sh -c \'trap "echo termed >> log; exit" TERM; trap "echo told >> log; exit" USR1; touch up; while true; do sleep 0.02; done\'';
      await supervised(`trap 'sleep 0.2; kill -USR1 $child; wait $child; echo ended >> log; exit' TERM
setsid ${child} & child=$!
while true; do sleep 0.02; done`);
      await drivenTo(clock, processes().stop(DOMAIN, applied, NEVER));
      expect(readFileSync(join(root, 'log'), 'utf8')).to.equal('told\nended\n');
      await processes().stop(DOMAIN, applied, NEVER);
    });

    it('ends by force what does not hear, once grace and margin are over, commands in its surroundings too', async () => {
      const deaf = "trap '' TERM; touch up; while true; do sleep 0.02; done";
      const pid = await supervised(deaf);
      const other = await started(`${instanceId}/child/exec/${DOMAIN}/app/1`, deaf);
      await writeFile(join(root, 'unrelated'), '');
      const stopping = processes().stop(DOMAIN, applied, NEVER);
      await lookedTwice(clock);
      await clock.advance(2_399);
      await lookedTwice(clock);
      expect(process.kill(pid, 0)).to.equal(true);
      await drivenTo(clock, stopping, 20);
      for (const one of [pid, other]) expect(() => process.kill(one, 0)).to.throw();
    });

    it('lets a command under way in its surroundings end in its own way', async () => {
      await started(`${instanceId}/child/exec/${DOMAIN}/app/1`, POLITE);
      await drivenTo(clock, processes().stop(DOMAIN, undefined, NEVER));
      expect(existsSync(join(root, 'asked'))).to.equal(true);
    });

    it('ends with its signal', async () => {
      await supervised("trap '' TERM; touch up; while true; do sleep 0.02; done");
      const end = new AbortController();
      const stopping = codeOf(processes().stop(DOMAIN, applied, end.signal));
      await lookedTwice(clock);
      end.abort(Object.assign(new Error('ended'), { code: 'EENDED' }));
      expect(['EENDED', 'Aborted']).to.include(await stopping);
    });
  });
});
