import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { type LastGood, LastGoodRecord } from '../../../lib/known-good/last-good.ts';
import { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import { STATE_FORMAT } from '../../../lib/store/state-format.ts';
import { GOOD } from '../../builders/warm-service-facts.ts';

const WHOLE: LastGood = {
  ...GOOD,
  ...{ serial: 3, set: 'w-1', recipe: 'shop', domain: 'shop.example.org', volumes: ['data'], secrets: ['key'] },
};

describe('record of what is good', () => {
  let root: string;
  let record: LastGoodRecord;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-good-'));
    record = new LastGoodRecord(new RecordFiles(root), join(root, 'warm/shop'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is nothing before the first, and after it was removed', async () => {
    expect(await record.read()).to.equal(undefined);
    await record.commit(WHOLE);
    await record.remove();
    await record.remove();
    expect(await record.read()).to.equal(undefined);
  });

  for (const one of [GOOD, WHOLE])
    it(`is read as it was written: ${Object.keys(one).length} fields`, async () => {
      await record.commit(one);
      expect(await record.read()).to.deep.equal(one);
    });

  it('of a newer version, put among those of this one, is called that, and nothing is done', async () => {
    await mkdir(join(root, 'warm/shop'), { recursive: true });
    await writeFile(record.path, JSON.stringify({ ...WHOLE, format: STATE_FORMAT + 1 }));
    const error = await record.read().catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(DamagedRecord);
    expect((error as DamagedRecord).message).to.match(
      /has format \d+, which a newer version wrote; this one knows \d+/,
    );
  });

  for (const [field, value] of [
    ...[
      ['format', 2],
      ['version', 1],
      ['commit', null],
      ['source', undefined],
      ['operation', {}],
      ['time', 0],
    ],
    ...[
      ['set', 1],
      ['serial', '3'],
      ['serial', 0.5],
      ['recipe', []],
      ['domain', 1],
      ['volumes', 'data'],
      ['volumes', [1]],
      ['secrets', {}],
    ],
  ] as const)
    it(`T84 is damaged where ${field} is ${JSON.stringify(value)}`, async () => {
      await mkdir(join(root, 'warm/shop'), { recursive: true });
      await writeFile(record.path, JSON.stringify({ ...WHOLE, [String(field)]: value }));
      const error: unknown = await record.read().catch((caught: unknown) => caught);
      expect(error).to.have.property('reason', 'DamagedRecord');
    });
});
