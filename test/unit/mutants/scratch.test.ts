import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Scratch } from '../../../scripts/mutants/scratch.ts';
import { ROOT } from '../../../scripts/test/suite.ts';

const BOUNDS = { limitMs: 60_000 };

function commandLines(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return [readFileSync(join('/proc', pid, 'cmdline'), 'utf8')];
    } catch {
      return [];
    }
  });
}

describe('the copy in which faults are run', () => {
  let scratch: Scratch;
  /** On two file systems, where there are two. */
  let outside: string[];

  before(() => {
    scratch = new Scratch(ROOT);
    const places = [tmpdir(), '/dev/shm'].filter((place) => existsSync(place));
    outside = places.map((place) => mkdtempSync(join(place, 'ccci-outside-')));
  });
  after(() => {
    scratch.close();
    for (const directory of outside) rmSync(directory, { recursive: true });
  });

  it('runs programs in the copy', async () => {
    const text = "require('node:fs').writeFileSync('made', process.cwd())";
    expect((await scratch.run(['node', '-e', text], BOUNDS)).code).to.equal(0);
    expect(scratch.read('made')).to.equal(scratch.root);
  });

  it('lets them change nothing else, and end nobody else', async function () {
    // Only root can be enclosed.
    if (process.getuid?.() !== 0) this.skip();
    for (const directory of outside) {
      const remove = `require('node:fs').rmSync(${JSON.stringify(directory)}, { recursive: true })`;
      expect((await scratch.run(['node', '-e', remove], BOUNDS)).code).to.not.equal(0);
      expect(existsSync(directory)).to.equal(true);
    }
    const kill = `process.kill(${process.pid}, 0)`;
    expect((await scratch.run(['node', '-e', kill], BOUNDS)).output).to.include('ESRCH');
  });

  it('ends what they leave', async () => {
    const leave = `require('node:child_process')
      .spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', ${JSON.stringify(scratch.root)}], { detached: true, stdio: 'ignore' })
      .unref()`;
    expect((await scratch.run(['node', '-e', leave], BOUNDS)).code).to.equal(0);
    expect(commandLines().filter((line) => line.includes(scratch.root))).to.deep.equal([]);
  });

  it('ends them at their limit', async () => {
    const { code } = await scratch.run(['node', '-e', 'setInterval(() => {}, 1000)'], { limitMs: 500 });
    expect(code).to.equal(undefined);
  });
});
