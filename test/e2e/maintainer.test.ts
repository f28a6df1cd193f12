import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { missingLines, sectionsOf } from '../operator/path.ts';
import { ROOT, readDocument } from '../unit/docs/documents.ts';
import { Bench } from './harness.ts';
import { orDispose } from './or-dispose.ts';

const run = promisify(execFile);
const { text } = readDocument('docs/maintainer.md');
const blocks = sectionsOf(text).flatMap(({ title, blocks: own }) => own.map((block) => ({ title, ...block })));

describe('docs/maintainer.md, a recipe from nothing to level 5', function () {
  this.timeout(240_000);
  let bench: Bench;
  let printed: string[];

  before(async () => {
    bench = new Bench();
    printed = await orDispose(bench, async () => {
      await bench.start();
      return await runBlocks(bench);
    });
  });
  after(() => bench.dispose());

  it('has commands for each level', () => {
    expect(blocks.map(({ title }) => title).filter((title) => title.startsWith('Level'))).to.have.length(6);
  });

  for (const [index, { title, prints }] of blocks.entries()) {
    it(`${title}: prints what it says`, () => {
      expect(printed.length, `nothing was printed after ${printed.at(-1)}`).to.be.greaterThan(index);
      expect(missingLines(prints, printed[index] ?? ''), printed[index]).to.deep.equal([]);
    });
  }
});

/** In one shell, as a reader would; a block that fails ends it. @returns what each printed. */
async function runBlocks(bench: Bench): Promise<string[]> {
  const mark = '=== end of a block ===';
  const script = blocks.map(({ commands }) => `${commands}echo '${mark}'\n`).join('');
  const env = {
    PATH: [join(ROOT, 'bin'), dirname(process.execPath), process.env.PATH].join(':'),
    HOME: join(bench.root, 'home'),
    LANG: 'C.UTF-8',
    CC_CI_CONFIG: bench.config,
    SPECS: bench.specs,
    ...{ GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org' },
    ...{ GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' },
  };
  const bash = ['--norc', '-euo', 'pipefail', '-c', `exec 2>&1\n${script}`];
  const { stdout } = await run('bash', bash, { cwd: env.HOME, env }).catch((error: { stdout: string }) => error);
  return stdout.split(`${mark}\n`);
}
