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

  const parts = [{ volume: 'data', path: '.' }];
  const live = (): { name: string; path: string }[] => [{ name: 'data', path: volume }];

  /** A runner whose tar tells this, `exitCode`, besides what it does. */
  const telling = (exitCode: number, stderr: string): CommandRunner => ({
    run: async (options) => {
      const result = await commandRunner.run(options);
      return options.argv[0] === 'sh' ? { ...result, stdout: `${exitCode}\n`, stderr } : result;
    },
  });

  async function codeOf(work: () => Promise<unknown>): Promise<string> {
    try {
      await work();
      return 'none';
    } catch (error) {
      return (error as CcError).code;
    }
  }

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
    const records = await makeBackup(parts, live(), { artifact, tools });
    expect(records).to.have.length(1);
    expect(records[0]).to.include({ files: 49 });
    expect(records[0]?.unsteady).to.deep.equal(['file-7']);
  });

  it('tells what changed, once each, and nothing of an app that is still', async () => {
    const words = 'tar: ./a b: file changed as we read it\ntar: ./a b: File shrank by 7 bytes; padding with zeros\n';
    const runner = telling(1, `${words}tar: .: file changed as we read it\n`);
    const [changed] = await makeBackup(parts, live(), { artifact, tools: { ...realTools(), runner } });
    expect(changed?.unsteady).to.deep.equal(['a b', '.']);
    const [still] = await makeBackup(parts, live(), { artifact, tools: realTools() });
    expect(still?.unsteady).to.deep.equal([]);
  });

  const swapped = [
    'tar: ./cache: Cannot open: Not a directory',
    'tar: ./cache/x: Cannot stat: No such file or directory',
    'tar: Exiting with failure status due to previous errors',
  ].join('\n');

  it('leaves out a directory that is exchanged at every try, and says so', async () => {
    const tools = { ...realTools(), runner: telling(2, swapped) };
    const [record] = await makeBackup(parts, live(), { artifact, tools });
    expect(record?.unsteady).to.deep.equal(['cache', 'cache/x']);
  });

  for (const more of [
    'tar: ./file-1: Read error at byte 0, while reading 512 bytes: Input/output error',
    'tar: .: Cannot open: No such file or directory',
  ]) {
    it(`is no copy where tar also says: ${more}`, async () => {
      const tools = { ...realTools(), runner: telling(2, `${more}\n${swapped}`) };
      expect(await codeOf(() => makeBackup(parts, live(), { artifact, tools }))).to.not.equal('none');
    });
  }

  it('is a Conflict for a file that a label names and that changes whenever it is copied', async () => {
    const tools = { ...realTools(), runner: telling(1, 'tar: ./file-3: file changed as we read it\n') };
    const named = [{ volume: 'data', path: 'file-3' }];
    expect(await codeOf(() => makeBackup(named, live(), { artifact, tools }))).to.equal('Conflict');
    expect(await codeOf(() => makeBackup(named, live(), { artifact, tools: realTools() }))).to.equal('none');
  });

  it('is DataMissing for a directory that a label names and that vanishes meanwhile', async () => {
    fs.mkdirSync(join(volume, 'dump'));
    const runner: CommandRunner = {
      run: async (options) => {
        fs.rmSync(join(volume, 'dump'), { recursive: true });
        return await commandRunner.run(options);
      },
    };
    const named = [{ volume: 'data', path: 'dump' }];
    expect(await codeOf(() => makeBackup(named, live(), { artifact, tools: { ...realTools(), runner } }))).to.equal(
      'DataMissing',
    );
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
    for (let tries = 5; tries > 0; tries -= 1) {
      const records = await makeBackup(parts, live(), { artifact, tools: realTools() });
      expect(records[0]?.files).to.be.at.least(50);
    }
    left = 0;
  });
});
