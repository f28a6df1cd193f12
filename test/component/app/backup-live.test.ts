import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeBackup } from '../../../lib/app/backup-copy.ts';
import type { CcError } from '../../../lib/errors.ts';
import { type CommandRunner, commandRunner } from '../../../lib/exec/command.ts';
import { copyOut } from '../../../lib/fs/copy-out.ts';
import { atPlace } from '../../../lib/fs/tree-walk.ts';
import { makeScratch, realTools } from '../snapshot/scratch.ts';

describe('T96 a copy beside an app that lives', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let volume: string;
  let artifact: string;

  beforeEach(() => {
    scratch = makeScratch();
    [volume, artifact] = [join(scratch.path, 'volumes/data'), join(scratch.path, 'artifact')];
    fs.mkdirSync(volume, { recursive: true });
    for (let file = 0; file < 50; file += 1) fs.writeFileSync(join(volume, `file-${file}`), `${file}`);
  });
  afterEach(() => scratch.remove());

  /** What GNU tar tells of a file that is gone when its turn comes: status 1, and the copy is made without it. */
  const vanishing: CommandRunner = {
    run: async (options) => {
      fs.rmSync(join(volume, 'file-7'), { force: true });
      const result = await commandRunner.run(options);
      if (options.argv[0] !== 'sh') return result;
      return { ...result, stdout: '1\n', stderr: 'tar: ./file-7: File removed before we read it\n' };
    },
  };
  const tools = { ...realTools(), runner: vanishing };

  it('leaves out what vanishes between listing and reading', async () => {
    const part = { volume: 'data', path: '.' };
    const records = await makeBackup([part], [{ name: 'data', path: volume }], { artifact, tools });
    expect(records).to.have.length(1);
    expect(records[0]).to.include({ files: 49 });
  });

  it('is a Conflict where the app is undeployed: then nothing may vanish', async () => {
    const to = join(scratch.path, 'copy');
    try {
      await atPlace(volume, (place) => copyOut(place, { to, tools, moment: 'AtRest' }));
      expect.fail('a copy was made');
    } catch (error) {
      expect((error as CcError).code).to.equal('Conflict');
    }
    expect(fs.existsSync(to)).to.equal(false);
  });

  it('ends well while files come and go all the time', async () => {
    let left = 3_000;
    const churn = (): void => {
      const name = join(volume, `passing-${left % 40}`);
      fs.writeFileSync(`${name}.new`, 'x');
      fs.renameSync(`${name}.new`, name);
      fs.rmSync(join(volume, `passing-${(left + 20) % 40}`), { force: true });
      left -= 1;
      if (left > 0) setImmediate(churn);
    };
    churn();
    const parts = [{ volume: 'data', path: '.' }];
    for (let tries = 5; tries > 0; tries -= 1) {
      const records = await makeBackup(parts, [{ name: 'data', path: volume }], { artifact, tools: realTools() });
      expect(records[0]?.files).to.be.at.least(50);
    }
    left = 0;
  });
});
