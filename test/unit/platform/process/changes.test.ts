import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { silentLog } from '../../../../lib/log.ts';
import { type ChangeWatcher, watchChanges } from '../../../../lib/platform/process/changes.ts';
import { until } from '../../../contract/platform/platform-contract.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';

class FakeWatcher extends EventEmitter implements ChangeWatcher {
  closed = 0;
  close(): void {
    this.closed += 1;
  }
}

describe('watchChanges', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ccci-watch-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const systemError = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'watch' });

  it('T85 a watcher that cannot be had, and one that fails, are tried again', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const watchers: FakeWatcher[] = [];
    const seen: string[] = [];
    let tries = 0;
    const open = (_: string, onChange: (event: string, name: string | null) => void): ChangeWatcher => {
      tries += 1;
      if (tries === 1) throw systemError('ENOSPC');
      const watcher = new FakeWatcher();
      watcher.on('change', (name: string | null) => onChange('change', name));
      watchers.push(watcher);
      return watcher;
    };
    const opened = async (): Promise<number> => {
      await clock.advance(60_000);
      return watchers.length;
    };
    const options = { directory, clock, log: silentLog, onChange: (name: string) => seen.push(name), open };
    const watching = watchChanges(options, stop.signal);
    await until(opened, (count) => count === 1);
    await until(
      async () => watchers[0]?.listenerCount('error'),
      (count) => count === 1,
    );
    watchers[0]?.emit('error', systemError('EMFILE'));
    await until(opened, (count) => count === 2);
    watchers.at(-1)?.emit('change', 'a.example');
    watchers.at(-1)?.emit('change', null);
    stop.abort();
    await watching;
    expect(seen).to.deep.equal(['a.example']);
    expect(watchers.map(({ closed }) => closed)).to.deep.equal([1, 1]);
    expect(clock.pendingTimers()).to.equal(0);
  });
});
