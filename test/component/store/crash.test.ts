import { type ChildProcess, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import type { FileStore } from '../../../lib/store/file-store.ts';
import { acquireOwnerLock } from '../../../lib/store/owner-lock.ts';
import { canonicalText, eventually, type Fixture, fixture } from './store-fixture.ts';

const CHILD = join(import.meta.dirname, 'store-child.ts');
const CRASHES = 8;
/** So many objects has a child that is killed in the middle of work created. */
const CREATED = 3;
const owner = { pid: process.pid, since: '2026-01-01T00:00:00.000Z' };

interface Worker {
  child: ChildProcess;
  lines: string[];
  /** Kills it −9 and resolves once it is dead. */
  kill(): Promise<void>;
}

function startWorker(f: Fixture): Worker {
  const args = ['--disable-warning=ExperimentalWarning', CHILD, f.specs, f.state];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    child,
    lines,
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

function named(lines: readonly string[], verb: string): string[] {
  return lines.filter((line) => line.startsWith(`${verb} `)).map((line) => line.slice(verb.length + 1));
}

/** What was promised before the kill must hold after it. */
async function expectPromisesKept(lines: readonly string[], store: FileStore): Promise<void> {
  const going = new Set([...named(lines, 'destroying'), ...named(lines, 'removed')]);
  for (const line of named(lines, 'created')) {
    const [name = '', uid] = line.split(' ');
    const object = store.get({ kind: 'Run', name });
    if (!going.has(name) && Number(name.slice(4)) % 3 !== 0) expect(object?.uid, name).to.equal(uid);
  }
  for (const name of named(lines, 'removed')) expect(store.get({ kind: 'Run', name }), name).to.equal(undefined);
  const claims = new Set((await store.claims.list()).map(({ domain }) => domain));
  const lasting = named(lines, 'claimed').filter((domain) => Number(domain.slice(4, -2)) % 3 !== 0);
  for (const domain of lasting) expect(claims.has(domain), domain).to.equal(true);
  const pending = new Set(store.list().flatMap(({ requests }) => requests.map(({ id }) => id)));
  for (const id of named(lines, 'finished')) expect(pending.has(id), id).to.equal(false);
}

describe('crashes', function () {
  this.timeout(60_000);
  let f: Fixture;
  beforeEach(async () => {
    f = await fixture();
  });
  afterEach(() => f.close());

  it('I9 T67 a second controller is refused, and the kernel frees the lock of a killed one', async () => {
    const worker = startWorker(f);
    try {
      await eventually(() => worker.lines.includes('ready'), 'the child is ready');
      const lock = join(f.state, 'lock');
      let refused: unknown;
      try {
        acquireOwnerLock(lock, owner).release();
      } catch (error) {
        refused = error;
      }
      expect(hasCode(refused, 'Conflict')).to.equal(true);
      expect(String(refused)).to.include(String(worker.child.pid));
      await worker.kill();
      acquireOwnerLock(lock, owner).release();
    } finally {
      await worker.kill();
    }
  });

  it('what was promised before a kill −9 at a random point holds afterwards @nightly', async () => {
    const lines: string[] = [];
    await f.write('edited.yaml', canonicalText('edited'));
    for (let crash = 0; crash < CRASHES; crash += 1) {
      await f.request({ verb: 'retry', kind: 'Canonical', name: 'edited' });
      const worker = startWorker(f);
      await eventually(() => worker.lines.includes('ready'), 'the child is ready');
      // Every other one is killed wherever it is, the rest in the middle of work.
      const wanted = crash % 2 === 0 ? 0 : CREATED;
      await eventually(() => named(worker.lines, 'created').length >= wanted, 'the child has worked');
      await f.clock.sleep(Math.random() * 250);
      await worker.kill();
      lines.push(...worker.lines);
      const store = await f.open();
      await store.sync();
      expect(store.get({ kind: 'Canonical', name: 'edited' })).to.not.equal(undefined);
      await expectPromisesKept(lines, store);
      await store.stop();
    }
    expect(named(lines, 'created').length).to.be.at.least((CRASHES / 2) * CREATED);
    const store = await f.open();
    await store.sync();
    expect(store.complete()).to.equal(true);
    const left = await readdir(join(f.state, 'objects/Run'));
    expect(left.filter((name) => name.startsWith('.trash-'))).to.deep.equal([]);
  });
});
