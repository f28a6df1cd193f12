import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';

const GARBAGE = ['', '{"a":', '{}', '[1]', '"text"', 'null', '\u0000\u0000'];

describe('RecordFiles', () => {
  let root: string;
  let records: RecordFiles;
  let path: string;
  let copy: string;
  /** What a new start of the controller has. */
  const anew = () => new RecordFiles(root);
  const equal = async () => expect(await readFile(path, 'utf8')).to.equal(await readFile(copy, 'utf8'));

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-records-'));
    records = new RecordFiles(root);
    path = join(root, 'objects/Run/a/journal.json');
    copy = join(root, 'copies/objects/Run/a/journal.json');
  });
  afterEach(() => rm(root, { recursive: true }));

  it('gives back what was written; nothing where nothing was', async () => {
    expect(await records.read(path)).to.equal(undefined);
    await records.write(path, { step: 'Testing' });
    expect(await records.read(path)).to.deep.equal({ step: 'Testing' });
    expect(await anew().read(path)).to.deep.equal({ step: 'Testing' });
    await equal();
  });

  it('T84 repairs a record that is lost, in the process that wrote it and in the next', async () => {
    await records.write(path, { step: 'Ended' });
    for (const reader of [records, anew()]) {
      await rm(join(root, 'objects'), { recursive: true });
      expect(await reader.read(path)).to.deep.equal({ step: 'Ended' });
      await equal();
    }
  });

  for (const text of GARBAGE) {
    it(`T84 repairs a record, or its copy, that holds ${JSON.stringify(text)}`, async () => {
      await records.write(path, { step: 'Ended' });
      for (const [place, reader] of [path, copy].flatMap((one) => [records, anew()].map((r) => [one, r] as const))) {
        await writeFile(place, text);
        expect(await reader.read(path), place).to.deep.equal({ step: 'Ended' });
      }
      await anew().read(path);
      await equal();
    });

    it(`T84 says Damaged where both hold ${JSON.stringify(text)}, and changes neither`, async () => {
      await records.write(path, { step: 'Ended' });
      for (const place of [path, copy]) await writeFile(place, text);
      const error = await anew()
        .read(path)
        .catch((caught: unknown) => caught);
      expect(hasCode(error, 'Damaged')).to.equal(true);
      expect(await readFile(path, 'utf8')).to.equal(text);
    });
  }

  it('T84 takes the newer of two versions, whichever is the older one', async () => {
    await records.write(path, { step: 'Testing' });
    const old = await readFile(path, 'utf8');
    await records.write(path, { step: 'Ended' });
    for (const reader of [records, anew()]) {
      for (const place of [path, copy]) {
        await writeFile(place, old);
        expect(await reader.read(path), place).to.deep.equal({ step: 'Ended' });
        await anew().read(path);
        await equal();
      }
    }
  });

  it('makes the copy of a record of an older version', async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '{"step":"Ended"}');
    expect(await records.read(path)).to.deep.equal({ step: 'Ended' });
    await rm(path);
    expect(await anew().read(path)).to.deep.equal({ step: 'Ended' });
  });

  it('counts on from what an earlier process wrote', async () => {
    await records.write(path, { step: 'Testing' });
    await anew().write(path, { step: 'Ended' });
    await rm(path);
    expect(await anew().read(path)).to.deep.equal({ step: 'Ended' });
  });

  it('creates exclusively, also where only the copy is left', async () => {
    await records.create(path, { holder: 'a' });
    await rm(path);
    const error = await anew()
      .create(path, { holder: 'b' })
      .catch((caught: unknown) => caught);
    expect(hasCode(error, 'Conflict')).to.equal(true);
    expect(await anew().read(path)).to.deep.equal({ holder: 'a' });
  });

  it('removes both, so that nothing comes back', async () => {
    await records.write(path, { step: 'Ended' });
    await records.remove(path);
    expect(await records.read(path)).to.equal(undefined);
    expect(await anew().read(path)).to.equal(undefined);
    expect(records.names(dirname(path))).to.deep.equal([]);
  });

  it('names what is at one of the two places', async () => {
    await records.write(path, { step: 'Ended' });
    await rm(path);
    expect(records.names(dirname(path))).to.deep.equal(['journal.json']);
  });
});
