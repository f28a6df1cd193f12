import { utimesSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import { keptRecord } from '../../../lib/fs/kept-records.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';

const GARBAGE = ['', '{"a":', '{}', '[1]', '"text"', 'null', '\u0000\u0000'];

describe('RecordFiles', () => {
  let root: string;
  let records: RecordFiles;
  let path: string;
  let log: string;
  /** What a new start of the controller has: it reads the log, which looks as if somebody had changed it. */
  const anew = () => {
    utimesSync(log, new Date(), new Date(Date.now() + 1_000 * Math.random()));
    return new RecordFiles(root);
  };
  const equal = async () => {
    const { recordRevision, ...record } = JSON.parse(await readFile(path, 'utf8'));
    expect(recordRevision).to.be.at.least(1);
    expect(keptRecord(root, path)).to.deep.equal(record);
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-records-'));
    records = new RecordFiles(root);
    path = join(root, 'objects/Run/a/journal.json');
    log = join(root, 'records.jsonl');
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
    it(`T84 repairs a record, or the log, that holds ${JSON.stringify(text)}`, async () => {
      await records.write(path, { step: 'Ended' });
      for (const [place, reader] of [path, log].flatMap((one) => [records, anew()].map((r) => [one, r] as const))) {
        await writeFile(place, text);
        expect(await reader.read(path), place).to.deep.equal({ step: 'Ended' });
      }
      await anew().read(path);
      await equal();
    });

    it(`T84 says Damaged where both hold ${JSON.stringify(text)}, and changes neither`, async () => {
      await records.write(path, { step: 'Ended' });
      for (const place of [path, log]) await writeFile(place, text);
      const error = await anew()
        .read(path)
        .catch((caught: unknown) => caught);
      expect(hasCode(error, 'Damaged')).to.equal(true);
      expect(await readFile(path, 'utf8')).to.equal(text);
    });
  }

  it('T84 takes the newer of two versions, whichever is the older one', async () => {
    await records.write(path, { step: 'Testing' });
    const old = new Map(await Promise.all([path, log].map(async (one) => [one, await readFile(one)] as const)));
    await records.write(path, { step: 'Ended' });
    for (const reader of [records, anew()]) {
      for (const [place, bytes] of old) {
        await writeFile(place, bytes);
        expect(await reader.read(path), place).to.deep.equal({ step: 'Ended' });
        await anew().read(path);
        await equal();
      }
    }
  });

  it('T84 counts on from the newer of both places where somebody put an older log in', async () => {
    await records.write(path, { step: 'One' });
    const old = await readFile(log);
    for (const step of ['Two', 'Three']) await records.write(path, { step });
    await writeFile(log, old);
    await records.write(path, { step: 'Four' });
    expect(JSON.parse(await readFile(path, 'utf8'))).to.include({ step: 'Four', recordRevision: 4 });
    expect(await anew().read(path)).to.deep.equal({ step: 'Four' });
  });

  it('T84 a repair and a write at the same time leave the newer one at both places', async () => {
    await records.write(path, { step: 'Testing' });
    await writeFile(path, 'spoilt');
    await Promise.all([records.read(path), records.write(path, { step: 'Ended' })]);
    await equal();
    expect(JSON.parse(await readFile(path, 'utf8'))).to.include({ step: 'Ended' });
  });

  it('takes a record of an older version into the log', async () => {
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

  it('creates exclusively, also where only the log knows it', async () => {
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
