import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { type ErrorCode, hasCode } from '../../../lib/errors.ts';
import { acquireOwnerLock } from '../../../lib/store/owner-lock.ts';

const owner = { pid: 4711, since: '2026-01-01T00:00:00.000Z' };

describe('acquireOwnerLock', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-lock-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const refuses = (path: string, code: ErrorCode) => {
    let refused: unknown;
    try {
      acquireOwnerLock(path, owner).release();
    } catch (error) {
      refused = error;
    }
    expect(hasCode(refused, code), String(refused)).to.equal(true);
    return String(refused);
  };

  it('I9 is held once, also through another name of the directory, and can be had again after release', async () => {
    await mkdir(join(directory, 'real'));
    await symlink('real', join(directory, 'alias'));
    const lock = acquireOwnerLock(join(directory, 'real/lock'), owner);
    expect(refuses(join(directory, 'alias/lock'), 'Conflict')).to.include('4711');
    lock.release();
    lock.release();
    acquireOwnerLock(join(directory, 'alias/lock'), owner).release();
  });

  it('T84 a file that somebody wrote into can be locked, and stays held by who holds it', async () => {
    const path = join(directory, 'lock');
    for (const text of ['', 'garbage', '\0'.repeat(5000)]) {
      await writeFile(path, text);
      const lock = acquireOwnerLock(path, owner);
      refuses(path, 'Conflict');
      await writeFile(path, 'written over by mistake'.repeat(100));
      refuses(path, 'Conflict');
      lock.release();
    }
  });

  it('I9 is held as long as the process lives, whoever forgot it', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    acquireOwnerLock(join(directory, 'lock'), owner);
    for (let turn = 0; turn < 5; turn += 1) {
      collect();
      await setImmediate();
    }
    refuses(join(directory, 'lock'), 'Conflict');
  });

  it('does not need what the owner file says', async () => {
    const lock = acquireOwnerLock(join(directory, 'lock'), owner);
    await writeFile(join(directory, 'lock.owner'), 'not json');
    refuses(join(directory, 'lock'), 'Conflict');
    lock.release();
  });

  it('names a directory that is missing, read-only, or none', async () => {
    await writeFile(join(directory, 'file'), '');
    for (const path of [join(directory, 'missing/lock'), '/proc/ccci-lock', join(directory, 'file/lock')]) {
      expect(refuses(path, 'InvalidInput')).to.include(path);
    }
  });
});
