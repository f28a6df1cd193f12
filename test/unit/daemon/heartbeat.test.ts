import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Heartbeat } from '../../../controllers/heartbeat.ts';
import { readControllerFile } from '../../../lib/cli/presence.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';

describe('Heartbeat', () => {
  let root: string;
  let calls: FileCalls;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-heartbeat-'));
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await rm(root, { recursive: true, force: true });
  });

  const made = (stateDirectory: string): Heartbeat => {
    const facts = { stateDirectory, specDirectory: root, platform: 'Process', pid: 1, version: '1' };
    return new Heartbeat(facts, new FakeClock(), () => {});
  };

  it('is replaced as a whole, and waits for no disk', async () => {
    const heartbeat = made(root);
    await heartbeat.start();
    expect(await readControllerFile(root)).to.include({ pid: 1, platform: 'Process' });
    await heartbeat.stop();
    expect(await readControllerFile(root)).to.have.property('stopTime');
    expect(await readdir(root)).to.deep.equal(['controller.json']);
    expect(calls.take().filter((line) => line.startsWith('sync'))).to.deep.equal([]);
  });

  it('T51 makes no state directory where there is none', async () => {
    expect(await codeOf(made(join(root, 'gone')).start())).to.equal('ENOENT');
    expect(await readdir(root)).to.deep.equal([]);
  });
});
