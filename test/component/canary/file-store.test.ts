import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CANARY, canaryToken } from '../../../lib/canary/canary.ts';
import { FileStore } from '../../../lib/canary/file-store.ts';

const TOKEN = canaryToken('c'.repeat(32));

describe('a canary among plain files', () => {
  let root: string;
  let data: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cc-ci-canary-'));
    data = join(root, 'data');
    mkdirSync(data);
    writeFileSync(join(data, 'own'), 'x');
    writeFileSync(join(root, 'outside'), 'untouched');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const storeAt = (path = '.', beside: readonly string[] = []): FileStore =>
    new FileStore({ part: { volume: 'data', path }, volumes: [{ name: 'data', path: data }], beside });
  /** Planted; what a later look is given. */
  const planted = async (): Promise<readonly string[]> => {
    const store = storeAt();
    expect(await store.plant(TOKEN)).to.include({ state: 'Found' });
    return store.beside;
  };

  it('belongs to the owner of the directory, and goes without a trace', async () => {
    if (process.getuid?.() === 0) chownSync(data, 1234, 1234);
    await planted();
    expect(statSync(join(data, CANARY)).uid).to.equal(statSync(data).uid);
    expect(await storeAt().remove()).to.include({ state: 'Absent' });
    expect(existsSync(join(data, CANARY))).to.equal(false);
  });

  it('is not put into an empty directory, nor in the place of a file', async () => {
    expect(await storeAt('own').plant(TOKEN)).to.include({ state: 'NotKept' });
    rmSync(join(data, 'own'));
    expect(await storeAt().plant(TOKEN)).to.include({ state: 'NotKept' });
    expect(await storeAt('gone').plant(TOKEN)).to.include({ state: 'NotKept' });
  });

  it('is lost where all that lay beside it is gone, or is another file of the same name', async () => {
    const beside = await planted();
    rmSync(join(data, CANARY));
    expect(await storeAt('.', beside).look(TOKEN)).to.include({ state: 'Removed' });
    rmSync(join(data, 'own'));
    writeFileSync(join(data, 'own'), 'x');
    expect(await storeAt('.', beside).look(TOKEN)).to.include({ state: 'Absent' });
    rmSync(data, { recursive: true });
    expect(await storeAt('.', beside).look(TOKEN)).to.include({ state: 'Absent' });
  });

  it('is another one with another token', async () => {
    await planted();
    expect(await storeAt().look(canaryToken('d'.repeat(32)))).to.include({ state: 'Absent' });
    writeFileSync(join(data, CANARY), 'y'.repeat(1_000_000));
    expect(await storeAt().look(TOKEN)).to.include({ state: 'Absent' });
  });

  it('T80 is never written, read or removed behind a link that the app planted', async () => {
    symlinkSync(join(root, 'outside'), join(data, CANARY));
    expect(await storeAt().look(TOKEN)).to.include({ state: 'Refused' });
    expect(await storeAt().plant(TOKEN)).to.include({ state: 'Found' });
    symlinkSync(root, join(data, 'linked'));
    for (const act of [
      storeAt('linked/x').plant(TOKEN),
      storeAt('linked/x').look(TOKEN),
      storeAt('linked/x').remove(),
    ]) {
      expect((await act).state).to.be.oneOf(['Refused', 'Absent', 'NotKept']);
    }
    expect(readFileSync(join(root, 'outside'), 'utf8')).to.equal('untouched');
    expect(existsSync(join(root, CANARY))).to.equal(false);
  });
});
