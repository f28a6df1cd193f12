import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { noteFailedPromotion, readFailedPromotions } from '../../../lib/known-good/failed-promotions.ts';
import { HEAD } from '../../builders/resolved-run.ts';
import { TIME } from '../../builders/stored-object.ts';

describe('promotions that failed', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-failed-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const failed = (run: string) => ({ version: '1.0.0+1.0.0', commit: HEAD, run, uid: `uid-${run}`, time: TIME });
  const runs = async (): Promise<string[]> => (await readFailedPromotions(directory)).map(({ run }) => run);

  it('are noted once for a run, the newest first, and no more than a status shows', async () => {
    expect(await runs()).to.deep.equal([]);
    for (let count = 1; count <= 11; count += 1) await noteFailedPromotion(directory, failed(`r${count}`));
    await noteFailedPromotion(directory, failed('r11'));
    expect(await runs()).to.deep.equal(['r11', 'r10', 'r9', 'r8', 'r7', 'r6', 'r5', 'r4', 'r3', 'r2']);
  });

  for (const text of ['', '{', 'null', '{"a":1}', '[1, null, {"run": "r1"}]'])
    it(`T84 are none where the record holds ${JSON.stringify(text)}`, async () => {
      await writeFile(join(directory, 'failed-promotions.json'), text);
      expect(await runs()).to.deep.equal([]);
      await noteFailedPromotion(directory, failed('r1'));
      expect(await runs()).to.deep.equal(['r1']);
    });

  it('bring no directory back that is gone', async () => {
    await noteFailedPromotion(join(directory, 'gone'), failed('r1'));
    expect(await readdir(directory)).to.deep.equal([]);
  });
});
