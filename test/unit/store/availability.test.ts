import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createSpecIgnore, readMarker, writeMarker } from '../../../lib/store/directory-guard.ts';
import { unavailability } from '../../../lib/store/spec-reader.ts';

describe('a spec directory without our marker', () => {
  let root: string;
  let specs: string;
  const remembered = () => ['a.yaml', 'b.yaml', 'deep/c.yaml'].map((name) => join(specs, name));
  const look = () =>
    unavailability({ specDirectory: specs, instanceId: 'i1', failure: undefined, remembered: remembered() });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cc-ci-specs-'));
    specs = join(root, 'specs');
    mkdirSync(join(specs, 'deep'), { recursive: true });
    for (const path of remembered()) writeFileSync(path, 'x');
  });
  afterEach(() => rm(root, { recursive: true }));

  it('is marked again where most of the remembered files are there', async () => {
    await rm(join(specs, 'a.yaml'));
    expect(await look()).to.equal(undefined);
    expect(await readMarker(specs, 'i1')).to.deep.equal({ marker: 'Own' });
  });

  it('is not marked again where exactly half of them are there, but where none was remembered', async () => {
    await rm(join(specs, 'a.yaml'));
    const input = { specDirectory: specs, instanceId: 'i1', failure: undefined };
    const half = await unavailability({ ...input, remembered: remembered().slice(0, 2) });
    expect([half?.reason, await readMarker(specs, 'i1')]).to.deep.equal(['MarkerMissing', { marker: 'Missing' }]);
    expect(await unavailability({ ...input, remembered: [] })).to.equal(undefined);
    expect(await readMarker(specs, 'i1')).to.deep.equal({ marker: 'Own' });
  });

  it('with our marker it is available, whatever is gone; with another one, or where it cannot be read, it is not', async () => {
    await writeMarker(specs, 'i1');
    for (const path of remembered()) await rm(path);
    expect(await look()).to.equal(undefined);
    await writeMarker(specs, 'i2');
    expect(await look()).to.include({ reason: 'MarkerForeign' });
    await rm(join(specs, '.cc-ci-instance'));
    mkdirSync(join(specs, '.cc-ci-instance'));
    expect(await look()).to.include({ reason: 'DirectoryUnreadable' });
    const failure = { reason: 'DirectoryMissing', message: 'm' } as const;
    expect(await unavailability({ specDirectory: specs, instanceId: 'i1', failure, remembered: [] })).to.equal(failure);
  });

  it('is marked where it really is, if its name is a link', async () => {
    renameSync(specs, join(root, 'real'));
    symlinkSync('real', specs);
    expect(await look()).to.equal(undefined);
    expect(readdirSync(join(root, 'real'))).to.include('.cc-ci-instance');
  });

  it('T51 F3 that was moved away since it was listed is held, and never made anew', async () => {
    renameSync(specs, join(root, 'aside'));
    expect(await look()).to.include({ reason: 'DirectoryMissing' });
    expect(existsSync(specs)).to.equal(false);
  });

  it('T51 F3 in whose place an empty one has come since is held, and that one is not marked', async () => {
    renameSync(specs, join(root, 'aside'));
    mkdirSync(specs);
    expect(await look()).to.include({ reason: 'MarkerMissing' });
    expect(readdirSync(specs)).to.deep.equal([]);
  });

  for (const [what, write] of [
    ['marker', () => writeMarker(specs, 'i1')],
    ['ignore file', () => createSpecIgnore(specs)],
  ] as const) {
    it(`T51 is not made by the writing of its ${what}`, async () => {
      renameSync(specs, join(root, 'aside'));
      expect(await write().catch((error: Error) => 'code' in error && error.code)).to.equal('ENOENT');
      expect(existsSync(specs)).to.equal(false);
    });
  }
});
