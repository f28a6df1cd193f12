import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { FileStore } from '../../../lib/store/file-store.ts';
import { canonicalText, type Fixture, fixture } from './store-fixture.ts';

const notes = { kind: 'Canonical', name: 'notes' } as const;

/** A state directory that can be made to refuse every write: a full file system for root, modes for others. */
interface Disk {
  fill(): Promise<void>;
  free(): Promise<void>;
  end(): void;
}

function smallFileSystem(directory: string): Disk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]);
  const filler = join(directory, 'filler');
  return {
    fill: () => writeFile(filler, Buffer.alloc(2 * 1024 * 1024)).catch(() => {}),
    free: () => rm(filler),
    end: () => void execFileSync('umount', [directory]),
  };
}

function lockedDirectories(directory: string): Disk {
  const modes = (mode: string) => execFileSync('find', [directory, '-type', 'd', '-exec', 'chmod', mode, '{}', '+']);
  return {
    fill: async () => void modes('555'),
    free: async () => void modes('755'),
    end: () => chmodSync(directory, 0o755),
  };
}

describe('T64 a full disk', () => {
  let f: Fixture;
  let disk: Disk;
  let store: FileStore;
  beforeEach(async () => {
    f = await fixture();
    disk = process.getuid?.() === 0 ? smallFileSystem(f.state) : lockedDirectories(f.state);
    await f.write('notes.yaml', canonicalText('notes'));
    store = await f.open();
    await store.sync();
  });
  afterEach(async () => {
    await store.stop();
    disk.end();
    await f.close();
  });
  const fails = async (act: Promise<unknown>) => {
    const error = await act.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).to.be.instanceOf(Error);
  };

  it('takes nothing over that it cannot remember, and catches up when there is room', async () => {
    const before = store.get(notes);
    const id = await f.request({ verb: 'retry', ...notes });
    await disk.fill();
    f.changes.length = 0;
    await f.write('notes.yaml', canonicalText('notes', '  seed: Manual\n'));
    await f.write('new.yaml', canonicalText('new'));
    await store.sync();
    expect(store.get(notes)).to.equal(before);
    expect(store.get({ kind: 'Canonical', name: 'new' })).to.equal(undefined);
    expect(f.changes).to.deep.equal([]);
    expect(await readdir(join(f.state, 'requests'))).to.include(`${id}.json`);
    await disk.free();
    await store.sync();
    expect(store.get(notes)).to.include({ uid: before!.uid, generation: 2 });
    expect(store.get(notes)!.requests.map((request) => request.id)).to.deep.equal([id]);
    expect(store.get({ kind: 'Canonical', name: 'new' })).to.not.equal(undefined);
  });

  it('refuses what must be durable, keeps what was, and leaves no part of a file', async () => {
    await store.writeJournal(notes, { step: 1 });
    await disk.fill();
    await fails(store.writeJournal(notes, { step: 2, padding: 'x'.repeat(100_000) }));
    await fails(store.createRun({ name: 'run', spec: { recipe: 'notes' } }));
    await fails(store.claims.claim({ domain: 'a.b', ...notes, uid: 'u', attempt: 0 }));
    expect(await store.readJournal(notes)).to.deep.equal({ step: 1 });
    expect(store.get({ kind: 'Run', name: 'run' })).to.equal(undefined);
    expect(await store.claims.list()).to.deep.equal([]);
    expect(await readdir(join(f.state, 'specs'))).to.deep.equal([]);
    await disk.free();
    await store.createRun({ name: 'run', spec: { recipe: 'notes' } });
  });

  it('does not stop what is only for people', async () => {
    await disk.fill();
    await store.decision(notes, { inputs: 'x'.repeat(10_000), action: 1 });
    await store.projectStatus(notes, { observedGeneration: 1 });
    await store.event(notes, { type: 'Normal', reason: 'Seeding', message: 'x'.repeat(10_000) });
    expect(await readFile(join(f.specs, 'notes.yaml.status.yaml'), 'utf8')).to.include('observedGeneration: 1');
    await disk.free();
    await store.projectStatus(notes, { observedGeneration: 1 });
    expect(await readFile(join(f.state, 'objects/Canonical/notes/status.json'), 'utf8')).to.include(
      'observedGeneration',
    );
  });
});
