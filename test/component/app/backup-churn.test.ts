import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeBackup } from '../../../lib/app/backup-copy.ts';
import { makeScratch, realTools } from '../snapshot/scratch.ts';
import { CHURNS, churnInALoop } from './churn-in-a-loop.ts';

describe('T96 the backup of a whole volume', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let volume: string;
  let artifact: string;

  beforeEach(() => {
    scratch = makeScratch();
    [volume, artifact] = [join(scratch.path, 'volumes/data'), join(scratch.path, 'artifact')];
    fs.mkdirSync(volume, { recursive: true });
    for (let file = 0; file < 100; file += 1) fs.writeFileSync(join(volume, `file-${file}`), `${file}`);
    fs.writeFileSync(join(volume, 'big'), Buffer.alloc(300_000, 'b'));
  });
  afterEach(() => scratch.remove());

  for (const what of CHURNS) {
    it(`is made every time beside ${what} that come, go and change`, async () => {
      const churn = await churnInALoop(volume, what);
      try {
        for (let left = 2; left > 0; left -= 1) {
          const live = [{ name: 'data', path: volume }];
          const [record] = await makeBackup([{ volume: 'data', path: '.' }], live, { artifact, tools: realTools() });
          expect(record?.files).to.be.at.least(101);
        }
      } finally {
        await churn.end();
      }
    });
  }
});
