import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeBackup } from '../../../lib/app/backup-copy.ts';
import { emptyParts, putBack } from '../../../lib/app/backup-restore.ts';
import { CcError, systemCode } from '../../../lib/errors.ts';
import { childEnv, makeScratch, realTools } from '../snapshot/scratch.ts';
import { swapInALoop } from './swap-in-a-loop.ts';

/** Tries of each kind against the process that swaps. */
const TRIES = 15;

describe('T80 a directory that is swapped for a link all the time', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let volume: string;
  let host: string;
  let artifact: string;

  beforeEach(() => {
    scratch = makeScratch();
    [volume, host, artifact] = [
      join(scratch.path, 'volumes/data'),
      join(scratch.path, 'host'),
      join(scratch.path, 'artifact'),
    ];
    for (const base of [join(volume, 'sub'), host]) {
      fs.mkdirSync(join(base, 'dir'), { recursive: true });
      for (const name of ['a', 'dir/b'])
        fs.writeFileSync(join(base, name), base === host ? 'of the host' : 'of the app');
    }
  });
  afterEach(() => scratch.remove());

  /** Every content below a directory, links not followed. */
  const contents = (directory: string): string =>
    execFileSync('find', [directory, '-type', 'f', '-exec', 'cat', '{}', '+'], { env: childEnv }).toString();
  const live = () => [{ name: 'data', path: volume }];
  const tools = realTools();

  /** How one try ended: fine, or with an error that says that somebody changes things. Anything else is thrown on. */
  async function oneTry(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const known = error instanceof CcError && ['Refused', 'Conflict', 'DataMissing', 'Damaged'].includes(error.code);
      if (!known && systemCode(error) === undefined) throw error;
    }
  }

  for (const path of ['.', 'sub', 'sub/dir']) {
    it(`never gets the host's files into a backup of ${path}`, async () => {
      const swapper = await swapInALoop(join(volume, 'sub'), host);
      try {
        for (let left = TRIES; left > 0; left -= 1) {
          await oneTry(() => makeBackup([{ volume: 'data', path }], live(), { artifact, tools }));
          if (fs.existsSync(artifact)) expect(contents(artifact)).to.not.include('of the host');
        }
      } finally {
        await swapper.end();
      }
    });
  }

  it('never has the host emptied or written to', async () => {
    const parts = [{ volume: 'data', path: 'sub/dir' }];
    const records = await makeBackup(parts, live(), { artifact, tools });
    const swapper = await swapInALoop(join(volume, 'sub'), host);
    try {
      for (let left = TRIES; left > 0; left -= 1) {
        await oneTry(() => emptyParts(parts, live()));
        await oneTry(() => putBack(records, live(), { artifact, tools }));
        expect(fs.readdirSync(host)).to.deep.equal(['a', 'dir']);
        expect(contents(host)).to.equal('of the hostof the host');
      }
    } finally {
      await swapper.end();
    }
  });
});
