import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ESCAPE_SCRIPT, ESCAPES, escapingShell, fled } from '../../builders/escapes.ts';
import { until } from '../../contract/platform/platform-contract.ts';
import { CGROUPS, type ProcessSubject, processSubject } from '../../contract/platform/process-subject.ts';
import { composeText, NEVER, NOTES_REF, NotesApp } from './notes-app.ts';

const SAMPLE: readonly string[] = ['DoubleFork', 'WritesInVolume', 'ReadsInVolume'];

for (const hold of ['Cgroups', 'Marks'] as const) {
  describe(`process platform: programs that flee, held by ${hold}`, () => {
    let subject: ProcessSubject;
    let notes: NotesApp;
    let marker: string;

    before(function () {
      if (hold === 'Cgroups' && CGROUPS === undefined) this.skip();
    });
    beforeEach(async () => {
      subject = await processSubject(hold);
      notes = new NotesApp(subject);
      marker = `ccci-fled-${randomBytes(6).toString('hex')}`;
    });
    afterEach(async () => {
      await subject.close();
      for (const pid of await fled(marker)) process.kill(pid, 'SIGKILL');
    });

    const ready = () => join(subject.stateDirectory, 'ready');
    const files = (script: string) => ({
      'compose.yml': composeText({
        'x-process': { command: ['./app.sh'] },
        volumes: ['data:/data'],
        stop_grace_period: '200ms',
      }),
      'app.sh': `#!/bin/sh\n${script}`,
      'escape.pl': ESCAPE_SCRIPT,
    });
    const deploy = async (script: string) => {
      await notes.deploy(files(script));
      await until(
        () => notes.logs(),
        (lines) => lines.includes('fled'),
      );
      await until(
        () => fled(marker),
        (pids) => pids.length > 0,
      );
    };
    const leftProcesses = async () =>
      (await subject.platform.leftovers(NOTES_REF, NEVER)).filter((line) => line.startsWith('process'));

    // By marks all ways are tried on commands, which is the same listing: here a sample.
    for (const way of ESCAPES.filter(({ kind }) => hold === 'Cgroups' || SAMPLE.includes(kind))) {
      const tag = hold === 'Cgroups' || way.kind === SAMPLE[0] ? '' : ' @nightly';
      it(`T86 ${way.kind} ends with its app, and is left over until then${tag}`, async () => {
        await deploy(`${escapingShell(way, marker, ready())}echo fled\nexec sleep 600\n`);
        const left = await leftProcesses();
        // One that forks all the time is another process by now.
        for (const pid of way.kind === 'ForkLoop' ? [] : await fled(marker)) expect(left).to.include(`process ${pid}`);
        await subject.platform.undeploy(NOTES_REF, NEVER);
        expect(await fled(marker)).to.deep.equal([]);
        await subject.platform.destroy(NOTES_REF, NEVER);
        expect(await subject.platform.leftovers(NOTES_REF, NEVER)).to.deep.equal([]);
      });
    }

    it('T86 what fled from a command in a service ends with the command', async () => {
      await deploy(
        `${escapingShell({ kind: 'Session', keepsEnvironment: true }, marker, ready())}echo fled\nexec sleep 600\n`,
      );
      const second = `${marker}-exec`;
      const kind = hold === 'Cgroups' ? { kind: 'HoldsNothing' } : { kind: 'Session', keepsEnvironment: true as const };
      const script = escapingShell(kind, second, `${ready()}-exec`);
      const result = await subject.platform.exec(NOTES_REF, 'app', ['/bin/sh', '-c', script], {});
      expect(result).to.include({ exitCode: 0 });
      expect(await fled(second)).to.deep.equal([]);
      expect(await fled(marker)).to.have.lengthOf(1);
    });

    it('T86 what a command leaves behind ends before it is started again', async () => {
      const way = { kind: 'Session', keepsEnvironment: true as const };
      const again = `test -e "$CCCI_VOLUME_DATA/again" && { echo up; exec sleep 600; }\ntouch "$CCCI_VOLUME_DATA/again"\n`;
      await notes.deploy(files(`${again}${escapingShell(way, marker, ready())}exit 1\n`));
      await until(
        () => notes.logs(),
        (lines) => lines.includes('up'),
      );
      expect(await fled(marker)).to.deep.equal([]);
    });

    it('T86 what fled from a health check ends with the check', async () => {
      const way = { kind: 'Session', keepsEnvironment: true as const };
      await notes.deploy({
        'compose.yml': composeText({
          'x-process': { command: ['sleep', '600'], healthcheck: { command: ['./check.sh'] } },
          healthcheck: { test: 'true', interval: '50ms', timeout: '5s', retries: 2 },
        }),
        'check.sh': `#!/bin/sh\n${escapingShell(way, marker, ready())}echo >>${ready()}-checks\n`,
        'escape.pl': ESCAPE_SCRIPT,
      });
      await until(
        () => readFile(`${ready()}-checks`, 'latin1').catch(() => ''),
        (lines) => lines.length >= 4,
      );
      // Another check may be under way: its own is there, and none of those before.
      expect((await fled(marker)).length).to.be.at.most(1);
      await subject.platform.undeploy(NOTES_REF, NEVER);
      expect(await fled(marker)).to.deep.equal([]);
      expect(await subject.platform.leftovers(NOTES_REF, NEVER)).to.satisfy((left: string[]) =>
        left.every((line) => !line.startsWith('process')),
      );
    });
  });
}
