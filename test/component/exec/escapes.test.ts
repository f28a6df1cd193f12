import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { Cgroups } from '../../../lib/exec/cgroups.ts';
import { type CommandOptions, type CommandRunner, createCommandRunner } from '../../../lib/exec/command.ts';
import { dwellingOf, realDirectories } from '../../../lib/exec/dwellers.ts';
import { listOwnProcesses } from '../../../lib/exec/own-processes.ts';
import { readProcessTable } from '../../../lib/exec/process-table.ts';
import { endProcesses } from '../../../lib/exec/processes.ts';
import { TOKEN_VARIABLE } from '../../../lib/exec/token.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { ESCAPE_SCRIPT, ESCAPES, escapingShell, fled } from '../../builders/escapes.ts';
import { until } from '../../contract/platform/platform-contract.ts';

const found = Cgroups.find().cgroups;

for (const cgroups of [found, undefined]) {
  describe(`commands that leave something behind, ${cgroups ? 'in cgroups' : 'without cgroups'}`, () => {
    let directory: string;
    let marker: string;
    let instance: string;
    const runner: CommandRunner = createCommandRunner({ clock: systemClock, cgroups });

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'ccci-escape-'));
      marker = `ccci-fled-${randomBytes(6).toString('hex')}`;
      instance = `test-${marker}`;
      await writeFile(join(directory, 'escape.pl'), ESCAPE_SCRIPT);
    });
    afterEach(async () => {
      await endProcesses({ prefix: `${instance}/`, cgroups, graceMs: 0, clock: systemClock });
      for (const pid of await fled(marker)) process.kill(pid, 'SIGKILL');
      await removeTree(directory);
    });

    const run = (script: string, options: Partial<CommandOptions> = {}) =>
      runner.run({
        argv: ['/bin/sh', '-c', script],
        cwd: directory,
        env: { PATH: '/usr/bin:/bin', [TOKEN_VARIABLE]: `${instance}/child/${randomBytes(4).toString('hex')}` },
        timeoutMs: 30_000,
        directories: [directory],
        ...options,
      });
    const ready = () => join(directory, 'ready');

    for (const way of ESCAPES.filter(({ needsCgroups }) => cgroups !== undefined || !needsCgroups)) {
      it(`T86 ${way.kind} ends with the command`, async () => {
        const result = await run(`${escapingShell(way, marker, ready())}echo said; exit 3`);
        expect(result).to.include({ exitCode: 3, outcome: 'Exited', stdout: 'said\n' });
        expect(await fled(marker)).to.deep.equal([]);
      });
    }

    it('T86 what fled from a command that is out of time ends with it', async () => {
      const way = { kind: 'DoubleFork' };
      const result = await run(`${escapingShell(way, marker, ready())}exec sleep 600`, { timeoutMs: 1_500 });
      expect(result.outcome).to.equal('TimedOut');
      expect(await fled(marker)).to.deep.equal([]);
    });

    it('a tool of ours stays where the controller is; what it leaves in its group ends with it', async () => {
      const argv: [string, ...string[]] = ['/bin/sh', '-c', `cat /proc/self/cgroup; exec -a ${marker} sleep 600 &`];
      const ours = await run('', { argv: ['/bin/bash', ...argv.slice(1)] as typeof argv, origin: 'Tool' });
      expect(ours.stdout).to.equal(readFileSync('/proc/self/cgroup', 'utf8'));
      expect(await fled(marker)).to.deep.equal([]);
    });

    it('commands of one token that overlap do not end each other', async () => {
      const env = { PATH: '/usr/bin:/bin', [TOKEN_VARIABLE]: `${instance}/child/shared` };
      const long = run(`while [ ! -e ${directory}/over ]; do sleep 0.02; done; echo whole`, { env });
      expect(await run('exit 0', { env })).to.include({ exitCode: 0 });
      await writeFile(join(directory, 'over'), '');
      expect(await long).to.include({ exitCode: 0, stdout: 'whole\n' });
    });

    it('another command of the instance in the same directory is not of this one', async () => {
      const other = run(`while [ ! -e ${directory}/over ]; do sleep 0.02; done; echo whole`);
      expect(await run('exit 0')).to.include({ exitCode: 0 });
      await writeFile(join(directory, 'over'), '');
      expect(await other).to.include({ exitCode: 0, stdout: 'whole\n' });
    });

    it('T87 a stranger in a directory so deep that its path cannot be told disturbs nobody', async () => {
      const elsewhere = await mkdtemp(join(tmpdir(), 'ccci-deep-'));
      const argv = [join(directory, 'escape.pl'), 'DeepInVolume', marker, elsewhere, ready()];
      spawn('/usr/bin/perl', argv, { stdio: 'ignore' });
      // Looked at before it is ready, it would be one of those that it forks away from.
      const [stranger] = await until(
        async () => (existsSync(ready()) ? await fled(marker) : []),
        (pids) => pids.length === 1,
      );
      try {
        expect(await run('exit 0')).to.include({ exitCode: 0 });
        expect(await fled(marker)).to.deep.equal([stranger]);
      } finally {
        process.kill(stranger ?? 0, 'SIGKILL');
        await removeTree(elsewhere);
      }
    });

    it('who sits at a terminal in the directory is a person, and left alone', async () => {
      const person = spawn('script', ['-qec', `cd ${directory} && exec sleep 600`, '/dev/null'], { stdio: 'ignore' });
      const atTerminal = async () =>
        (await readProcessTable()).filter(
          ({ pid, terminal }) => terminal !== 0 && dwellingOf(pid, realDirectories([directory])) === 'Lives',
        );
      try {
        const [seen] = await until(atTerminal, (found) => found.length === 1);
        expect(await run('exit 0')).to.include({ exitCode: 0 });
        expect((await atTerminal()).map(({ pid }) => pid)).to.include(seen?.pid);
      } finally {
        for (const { pid } of await atTerminal()) process.kill(pid, 'SIGKILL');
        person.kill('SIGKILL');
      }
    });

    it('this process and those that it comes from are no strangers', async () => {
      const home = { directories: [process.cwd()], clock: systemClock };
      const listed = await listOwnProcesses({ prefix: `${instance}/`, home, cgroups });
      expect(listed.map(({ pid }) => pid))
        .to.not.include(process.pid)
        .and.not.include(process.ppid);
    });
  });
}
