import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandRunner } from '../../lib/exec/command.ts';
import { SystemdNotify } from '../../lib/service-manager/systemd-notify.ts';
import { FakeLog } from '../fakes/fake-log.ts';
import { NotifySocket } from './notify-socket.ts';

describe('systemd-notify', () => {
  let root: string;
  let log: FakeLog;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-notify-'));
    log = new FakeLog();
  });
  afterEach(() => rm(root, { recursive: true }));

  const made = (socket: string, path = process.env.PATH ?? '') =>
    new SystemdNotify({ socket, runner: commandRunner, path, log });

  it('tells what it is given, in order, and returns once that was taken', async () => {
    const socket = await NotifySocket.open(root);
    try {
      const systemd = made(socket.path);
      const told = [
        systemd.notify('READY=1', 'STATUS=2 objects, 0 of 1 run active'),
        systemd.notify('RELOADING=1', 'MONOTONIC_USEC=5'),
        systemd.notify('WATCHDOG=1'),
      ];
      expect(await Promise.all(told)).to.deep.equal([true, true, true]);
      expect(socket.messages()).to.deep.equal([
        'READY=1 STATUS=2 objects, 0 of 1 run active',
        'RELOADING=1 MONOTONIC_USEC=5',
        'WATCHDOG=1',
      ]);
      expect(log.take()).to.deep.equal([]);
    } finally {
      await socket.close();
    }
  });

  it('is warned of once where nobody listens, or where there is no such program, and goes on', async () => {
    const deaf = made(join(root, 'nobody'));
    expect([await deaf.notify('READY=1'), await deaf.notify('WATCHDOG=1')]).to.deep.equal([false, false]);
    const missing = made(join(root, 'nobody'), root);
    expect([await missing.notify('READY=1'), await missing.notify('WATCHDOG=1')]).to.deep.equal([false, false]);
    expect(log.take()).to.deep.equal(['warn', 'warn']);
  });
});
