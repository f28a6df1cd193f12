import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openPlatform } from '../../../controllers/platforms.ts';
import { systemClock } from '../../../lib/clock.ts';
import { loadConfig } from '../../../lib/config/load.ts';
import { type ErrorCode, hasCode } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { silentLog } from '../../../lib/log.ts';
import { type Instance, openInstance, readInstance } from '../../../lib/store/instance.ts';
import { testSocket } from '../../rig/test-engine.ts';

const never = new AbortController().signal;

describe('the platform of an instance, on a real engine', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-h5-'));
    for (const directory of ['state', 'specs', 'bin']) await mkdir(join(root, directory));
  });
  afterEach(() => rm(root, { recursive: true }));

  const open = async (platform: string, bound?: Instance, socket = testSocket()) => {
    const { resolved: config } = await loadConfig({
      flags: { platform, swarmSocket: socket, stateDirectory: join(root, 'state'), specDirectory: join(root, 'specs') },
      env: {},
      cwd: root,
      systemFile: join(root, 'none.yaml'),
    });
    const path = `${join(root, 'bin')}:/usr/bin:/bin`;
    const inputs = { config, runner: commandRunner, clock: systemClock, log: silentLog, path, supervisorCommand: [] };
    return openPlatform(inputs, bound);
  };
  const installAbra = (version: string) =>
    writeFile(join(root, 'bin/abra'), `#!/bin/sh\necho "abra version ${version}"\n`, { mode: 0o755 });
  const fails = async (code: ErrorCode, opening: Promise<unknown>) => {
    const error = await opening.catch((thrown: unknown) => thrown);
    expect(hasCode(error, code), String(error)).to.equal(true);
  };
  const bind = async (platform: string) => {
    const opened = await open(platform);
    opened.close();
    return await openInstance({
      stateDirectory: join(root, 'state'),
      specDirectory: join(root, 'specs'),
      platform: opened.kind,
      ...(opened.engineId === undefined ? {} : { engineId: opened.engineId }),
      newId: () => 'id-1',
      foreignSpecs: 'Refuse',
    });
  };

  it('is Swarm for Auto where a manager answers, and bound to its cluster', async () => {
    const opened = await open('auto');
    const platform = await opened.make({ instanceId: 'id-1' } as Instance);
    expect(await platform.identity(never)).to.deep.equal({ kind: 'Swarm', engineId: opened.engineId });
    opened.close();
  });

  it('is Abra where that answers too, unless it is too old', async () => {
    await installAbra('0.13.0-beta-06a57de');
    const opened = await open('auto');
    opened.close();
    expect(opened.kind).to.equal('Abra');
    await installAbra('0.8.0-beta-06a57de');
    const older = await open('auto');
    older.close();
    expect(older.kind).to.equal('Swarm');
    await fails('Unsupported', open('abra'));
  });

  it('is Process for Auto without an engine, and an error where Swarm was asked for', async () => {
    const socket = join(root, 'no.sock');
    const opened = await open('auto', undefined, socket);
    expect(opened.kind).to.equal('Process');
    await fails('Unreachable', open('swarm', undefined, socket));
  });

  it('I17 stays what it was: abra that comes later changes nothing, a silent engine is an error', async () => {
    const bound = await bind('auto');
    await installAbra('0.13.0-beta-06a57de');
    const again = await open('auto', bound);
    again.close();
    expect(again).to.include({ kind: 'Swarm', engineId: bound.engineId });
    await fails('Unreachable', open('auto', bound, join(root, 'no.sock')));
    await fails('Refused', open('process', bound));
    expect(await readInstance(join(root, 'state'))).to.deep.equal(bound);
  });
});
