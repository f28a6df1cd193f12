import { spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { startTicks } from '../../../lib/exec/process-identity.ts';
import { endProcesses } from '../../../lib/exec/processes.ts';
import { deployTo } from '../../contract/platform/deploy-to.ts';
import { failure, settled, until } from '../../contract/platform/platform-contract.ts';
import { type ProcessSubject, processSubject, SUPERVISOR } from '../../contract/platform/process-subject.ts';
import { composeText, NEVER, NOTES, NOTES_REF, NotesApp, SERVES } from './notes-app.ts';

/** A program that answers with what it has open. */
const SHOWS_DESCRIPTORS = `import { readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:http';
const linkOf = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; } };
const open = () => readdirSync('/proc/self/fd').map(linkOf).join(' ');
createServer((_, response) => response.end(open())).listen(process.env.PORT, process.env.HOST);
`;

describe('process platform: supervision', () => {
  let subject: ProcessSubject;
  let notes: NotesApp;

  beforeEach(async () => {
    subject = await processSubject();
    notes = new NotesApp(subject);
  });

  afterEach(async () => {
    await subject.close();
  });

  describe('supervision', () => {
    const changed = async () => (await subject.platform.observe(NOTES_REF, NEVER)).changedByOthers;

    it('the app outlives a controller that is killed, and a later one takes it over', async () => {
      const { app, revision } = await subject.revision(NOTES, 'a1');
      expect(await subject.controller({ method: 'deploy', app, revision })).to.equal(0);
      const token = JSON.parse(await notes.answer()).CCCI_TOKEN;
      await deployTo(subject.reopen(), app, revision);
      expect(JSON.parse(await notes.answer()).CCCI_TOKEN).to.equal(token);
    });

    for (const killAfterMs of [120, 180, 220, 260, 300, 350, 420]) {
      const tag = killAfterMs === 260 ? '' : ' @nightly';
      it(`T50 I18 an upgrade by a controller killed after ${killAfterMs} ms, repeated, leaves one supervisor and one task${tag}`, async () => {
        await notes.serving();
        const next = await subject.checkout(NOTES, 'b2', { 'compose.yml': composeText(), 'app.mjs': SERVES });
        await subject.controller({ method: 'deploy', ...next }, killAfterMs);
        await deployTo(subject.reopen(), next.app, next.revision);
        expect(await settled(subject.platform, NOTES)).to.deep.equal({ state: 'Up' });
        await notes.answer();
        expect(await notes.processes()).to.have.lengthOf(2);
        expect(await subject.platform.observe(NOTES_REF, NEVER)).to.include({ commit: 'b2' });
      });
    }

    it('a killed supervisor shows as Exited, its orphan is found, and a deploy puts all right', async () => {
      const { app, revision } = await notes.serving();
      const before = JSON.parse(await notes.answer()).CCCI_TOKEN;
      const { supervisor } = await notes.record();
      process.kill(supervisor!.pid, 'SIGKILL');
      const task = async () => (await subject.platform.observe(NOTES_REF, NEVER)).services[0]?.tasks[0];
      await until(task, (seen) => seen?.state === 'Exited');
      expect(JSON.parse(await notes.answer()).CCCI_TOKEN).to.equal(before);
      expect(await changed()).to.equal('the supervisor of service app is gone');
      expect(
        (await subject.platform.leftovers(NOTES_REF, NEVER)).filter((line) => line.startsWith('process')),
      ).to.have.lengthOf(1);
      await deployTo(subject.platform, app, revision);
      expect(await settled(subject.platform, NOTES)).to.deep.equal({ state: 'Up' });
      const after = await until(
        () => notes.answer(),
        (text) => JSON.parse(text).CCCI_TOKEN !== before,
      );
      expect(JSON.parse(after).CCCI_TOKEN).to.be.a('string');
      expect(await notes.processes()).to.have.lengthOf(2);
      expect(await changed()).to.equal(undefined);
    });

    it('a supervisor that somebody ends is a change of the app, which a deploy puts right', async () => {
      const { app, revision } = await notes.serving();
      await notes.answer();
      process.kill((await notes.record()).supervisor!.pid, 'SIGTERM');
      await until(changed, (what) => what !== undefined);
      expect(await notes.record()).to.include({ state: 'Stopped' });
      await deployTo(subject.platform, app, revision);
      expect(await settled(subject.platform, NOTES)).to.deep.equal({ state: 'Up' });
      expect(await changed()).to.equal(undefined);
    });

    it('an app whose supervisor was killed is ended by an undeploy', async () => {
      await notes.serving();
      await notes.answer();
      process.kill((await notes.record()).supervisor!.pid, 'SIGKILL');
      await subject.platform.undeploy(NOTES_REF, NEVER);
      expect(await notes.processes()).to.deep.equal([]);
    });

    it('starts a crashed command again', async () => {
      const once = `import { existsSync, writeFileSync } from 'node:fs';
const mark = process.env.CCCI_VOLUME_DATA + '/mark';
if (!existsSync(mark)) { writeFileSync(mark, ''); process.exit(4); }
${SERVES}`;
      await notes.deploy({
        'compose.yml': composeText(),
        'app.mjs': once,
      });
      await notes.answer();
      const tasks = (await subject.platform.observe(NOTES_REF, NEVER)).services[0]?.tasks;
      expect(tasks?.map(({ state, exitCode, current }) => [state, exitCode, current])).to.deep.equal([
        ['Running', undefined, true],
        ['Exited', 4, true],
      ]);
    });

    it('R5 a program that does not exist fails as a crash loop, and its log says why', async () => {
      await notes.deploy({ 'compose.yml': composeText({ 'x-process': { command: ['./absent.sh'] } }) });
      expect(await failure(subject.platform, NOTES)).to.include({ reason: 'CrashLoop', exitCode: 127 });
      expect((await notes.logs(1))[0]).to.include('absent.sh');
    });

    it('used-up attempts are for good', async () => {
      const policy = { restart_policy: { condition: 'on-failure', max_attempts: 1 } };
      await notes.deploy({ 'compose.yml': composeText({ deploy: policy }), 'app.mjs': 'process.exit(9)' });
      expect(await failure(subject.platform, NOTES)).to.include({ reason: 'ExitedForGood', exitCode: 9 });
      expect((await notes.record()).exits).to.have.lengthOf(2);
    });

    it('a supervisor that starts after the undeploy starts nothing', async () => {
      await notes.serving();
      const launched = await notes.record();
      const path = join(notes.appDirectory(), 'services', 'app', 'supervisor.json');
      await subject.platform.undeploy(NOTES_REF, NEVER);
      const { supervisor: _, process: __, ...journaled } = launched;
      await writeFile(path, JSON.stringify({ ...journaled, state: 'Launching' }));
      const late = spawn(process.execPath, [SUPERVISOR, notes.appDirectory(), 'app', launched.specId], {
        env: { CCCI_TOKEN: launched.token },
        stdio: 'ignore',
      });
      expect(await new Promise((resolve) => late.once('exit', resolve))).to.equal(0);
      expect(await subject.platform.observe(NOTES_REF, NEVER)).to.include({ deployed: false });
      expect(await notes.processes()).to.deep.equal([]);
    });

    it('I18 a supervisor of a launch before, late, starts nothing beside the present one', async () => {
      await notes.serving();
      const before = await notes.record();
      await notes.deploy({ 'compose.yml': composeText(), 'app.mjs': SERVES }, {}, 'b2');
      const present = await notes.record();
      for (const specId of [before.specId, present.specId]) {
        const late = spawn(process.execPath, [SUPERVISOR, notes.appDirectory(), 'app', specId], {
          env: { CCCI_TOKEN: before.token },
          stdio: 'ignore',
        });
        const ended = new Promise((resolve) => late.once('exit', resolve));
        expect(await ended).to.equal(0);
      }
      await notes.answer();
      expect((await notes.record()).token).to.equal(present.token);
      expect(await notes.processes()).to.have.lengthOf(2);
    });

    for (const [what, letGo] of [
      ['is gone before there is anything to tell', (handle: Duplex) => void handle.destroy()],
      ['does not listen', (handle: Duplex) => void handle.pause()],
    ] as const) {
      it(`a supervisor whose controller ${what} runs its service, which does not get the handle`, async () => {
        await notes.deploy({ 'compose.yml': composeText(), 'app.mjs': SHOWS_DESCRIPTORS });
        await notes.answer();
        const { process: _, supervisor, ...launched } = await notes.record();
        process.kill(supervisor!.pid, 'SIGKILL');
        await endProcesses({ prefix: launched.token, graceMs: 0, clock: systemClock });
        const path = join(notes.appDirectory(), 'services', 'app', 'supervisor.json');
        await writeFile(path, JSON.stringify({ ...launched, state: 'Launching' }));
        const child = spawn(process.execPath, [SUPERVISOR, notes.appDirectory(), 'app', launched.specId, '3'], {
          env: { CCCI_TOKEN: launched.token },
          stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
          detached: true,
        });
        const handle = child.stdio[3] as Duplex;
        const socket = readlinkSync(`/proc/${child.pid}/fd/3`);
        letGo(handle);
        const descriptors = await notes.answer();
        expect(socket).to.match(/^socket:/);
        expect(descriptors).to.include('/dev/null').and.not.include(socket);
        expect(await notes.record()).to.include({ state: 'Running', token: launched.token });
        await subject.platform.undeploy(NOTES_REF, NEVER);
        expect(await notes.processes()).to.deep.equal([]);
        handle.destroy();
      });
    }

    it('an undeploy ends a supervisor that another controller started, of which nothing is told', async () => {
      await notes.serving();
      await notes.answer();
      const { supervisor } = await notes.record();
      await subject.reopen().undeploy(NOTES_REF, NEVER);
      expect(await startTicks(supervisor!.pid)).to.equal(undefined);
      expect((await notes.record()).exits[0]).to.have.property('exitCode');
    });

    it('SIGTERM goes to the whole group; who ignores it is killed after the grace', async () => {
      const stubborn = `import { spawn } from 'node:child_process';
process.on('SIGTERM', () => console.log('asked to stop'));
spawn('sleep', ['600']);
console.log('ready');
setInterval(() => {}, 1000);
`;
      await notes.deploy({ 'compose.yml': composeText({ stop_grace_period: '300ms' }), 'app.mjs': stubborn });
      await until(
        () => notes.logs(),
        (lines) => lines.includes('ready'),
      );
      await subject.platform.stopServices(NOTES_REF, NEVER);
      expect(await notes.processes()).to.deep.equal([]);
      expect(await notes.logs()).to.include('asked to stop');
      expect((await notes.record()).exits[0]).to.include({ exitCode: 137 });
    });

    it('a daemon that fled into its own session and shed its environment is ended all the same', async () => {
      const flight = `import { spawn } from 'node:child_process';
const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
spawn(process.execPath, ['-e', deaf], { detached: true, env: {}, stdio: 'ignore' });
console.log('ready');
setInterval(() => {}, 1000);
`;
      await notes.deploy({ 'compose.yml': composeText(), 'app.mjs': flight });
      await until(
        () => notes.logs(),
        (lines) => lines.includes('ready'),
      );
      await until(
        () => notes.processes(),
        (found) => found.length === 3,
      );
      const pids = (await notes.processes()).map(({ pid }) => pid);
      await subject.platform.undeploy(NOTES_REF, NEVER);
      expect((await Promise.all(pids.map(startTicks))).filter((ticks) => ticks !== undefined)).to.deep.equal([]);
    });
  });

  describe('health', () => {
    const checked = (script: string, timings: Record<string, unknown> = {}) => ({
      'compose.yml': composeText({
        'x-process': { healthcheck: { command: ['./healthy.sh'] } },
        healthcheck: { test: 'true', interval: '50ms', timeout: '2s', retries: 2, ...timings },
      }),
      'app.mjs': SERVES,
      'healthy.sh': `#!/bin/sh\n${script}\n`,
    });
    const task = async () => (await subject.platform.observe(NOTES_REF, NEVER)).services[0]?.tasks[0];

    it('a task is Starting until its check passes', async () => {
      await notes.deploy(checked('test -e "$CCCI_VOLUME_DATA/healthy"'));
      await until(
        () => notes.record(),
        ({ health }) => health === 'Unhealthy',
      );
      expect(await task()).to.include({ state: 'Starting' });
      await writeFile(join(notes.appDirectory(), 'volumes', 'data', 'healthy'), '');
      expect(await settled(subject.platform, NOTES)).to.deep.equal({ state: 'Up' });
    });

    it('T23 a slow start is never killed', async () => {
      await notes.deploy(checked('exit 1'));
      await until(
        () => notes.record(),
        ({ health }) => health === 'Unhealthy',
      );
      expect((await notes.record()).exits).to.deep.equal([]);
    });

    it('a check that hangs is a failure', async () => {
      await notes.deploy(checked('sleep 600', { timeout: '50ms', retries: 1 }));
      expect(
        (
          await until(
            () => notes.record(),
            ({ health }) => health === 'Unhealthy',
          )
        ).process,
      ).to.be.an('object');
    });
  });
});
