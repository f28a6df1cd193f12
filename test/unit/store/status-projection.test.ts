import { existsSync, mkdtempSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemCode } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { statePaths } from '../../../lib/store/state-paths.ts';
import { removeStatusFile } from '../../../lib/store/status-file.ts';
import { StatusProjection } from '../../../lib/store/status-projection.ts';
import { storedCanonical } from '../../builders/stored-object.ts';

describe('the status file of an object that goes', () => {
  let directory: string;
  let errors: string[];
  let projection: StatusProjection;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'cc-ci-status-'));
    await mkdir(join(directory, 'state/objects/Canonical/notes'), { recursive: true });
    errors = [];
    projection = new StatusProjection({
      paths: statePaths(join(directory, 'state')),
      log: silentLog,
      onWrite: () => {},
      onUnwritable: async () => {},
      removeFile: async (path, uid) => {
        const code = errors.shift();
        if (code !== undefined) throw Object.assign(new Error(code), { code });
        await removeStatusFile(path, uid);
      },
    });
  });
  afterEach(() => rm(directory, { recursive: true }));

  const notes = () => storedCanonical({ path: join(directory, 'notes.yaml') });
  const file = () => join(directory, 'notes.yaml.status.yaml');
  const forget = () =>
    projection.forget(notes()).then(
      () => 'Forgotten',
      (error: unknown) => systemCode(error),
    );

  for (const code of ['EIO', 'EMFILE', 'ENOMEM', 'EBUSY']) {
    it(`is removed the next time where the system answers ${code}`, async () => {
      await projection.project(notes(), { conditions: [] });
      errors = [code];
      expect(await forget()).to.equal(code);
      expect(existsSync(file())).to.equal(true);
      expect(await forget()).to.equal('Forgotten');
      expect(existsSync(file())).to.equal(false);
    });
  }

  it('T85 is gone for good before its object is forgotten, also where the first try was cut off before that', async () => {
    await projection.project(notes(), { conditions: [] });
    const synced: [string, boolean][] = [];
    const sync = async (path: string): Promise<void> => {
      synced.push([path, existsSync(file())]);
      if (synced.length === 1) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    };
    const remove = () => removeStatusFile(file(), notes().uid, sync).catch(systemCode);
    expect(await remove()).to.equal('EIO');
    expect(await remove()).to.equal(undefined);
    expect(synced).to.deep.equal([
      [directory, false],
      [directory, false],
    ]);
  });

  for (const code of ['EROFS', 'EACCES', 'EPERM']) {
    it(`holds up nobody where nothing may be written (${code})`, async () => {
      await projection.project(notes(), { conditions: [] });
      errors = [code];
      expect(await forget()).to.equal('Forgotten');
    });
  }
});
