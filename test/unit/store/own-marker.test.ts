import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { writeMarker } from '../../../lib/store/directory-guard.ts';
import { OwnMarker } from '../../../lib/store/own-marker.ts';
import { FileCalls } from '../../rig/file-calls.ts';

describe('OwnMarker', () => {
  let specs: string;
  let calls: FileCalls;
  /** Ahead of the files: an old marker is one that nobody can have changed since within the same tick. */
  let ahead = 60_000;
  const looked = () =>
    new OwnMarker({ specDirectory: specs, instanceId: 'one', clock: { now: () => Date.now() + ahead } });
  beforeEach(async () => {
    ahead = 60_000;
    specs = await mkdtemp(join(tmpdir(), 'ccci-marker-'));
    await writeMarker(specs, 'one');
    calls = await FileCalls.on(specs);
  });
  afterEach(async () => {
    calls.stop();
    await rm(specs, { recursive: true, force: true });
  });

  const failReading = (): void => calls.failNext(/^readFile/, 'EIO');

  it('is read once while it looks the same', async () => {
    const marker = looked();
    expect(await marker.isThere()).to.equal(true);
    failReading();
    expect(await marker.isThere()).to.equal(true);
    expect(calls.hasDoneAll()).to.equal(false);
    await writeFile(join(specs, '.cc-ci-instance'), 'one\n');
    expect(await marker.isThere()).to.equal(false);
    expect(calls.hasDoneAll()).to.equal(true);
    expect(await marker.isThere()).to.equal(true);
  });

  it('is read again where it was written a moment before, or cannot be read', async () => {
    ahead = 0;
    const marker = looked();
    expect(await marker.isThere()).to.equal(true);
    failReading();
    expect(await marker.isThere()).to.equal(false);
  });

  it('T51 is not there where it is another one of the same size and time, is gone, or went with its directory', async () => {
    const marker = looked();
    const path = join(specs, '.cc-ci-instance');
    await utimes(path, 1_000, 1_000);
    expect(await marker.isThere()).to.equal(true);
    await writeFile(path, 'two\n');
    await utimes(path, 1_000, 1_000);
    expect([await marker.isThere(), await readFile(path, 'utf8')]).to.deep.equal([false, 'two\n']);
    await rm(path);
    expect(await marker.isThere()).to.equal(false);
    await writeMarker(specs, 'one');
    expect(await marker.isThere()).to.equal(true);
    await rm(specs, { recursive: true });
    expect(await marker.isThere()).to.equal(false);
  });
});
