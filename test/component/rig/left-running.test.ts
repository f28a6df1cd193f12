import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ROOT } from '../../../scripts/test/suite.ts';

const MOCHA = join(ROOT, 'node_modules/mocha/bin/mocha.js');
const HOOKS = join(ROOT, 'test/rig/left-running.ts');

/** What each file of tests does in its only test; all of them pass. */
const FILES = {
  'child.test.mjs': `require('node:child_process').spawn('sleep', ['1000']).unref()`,
  'clean.test.mjs': `setTimeout(() => {}, 50)`,
  'server.test.mjs': `require('node:http').createServer().listen(0, '127.0.0.1')`,
  'timer.test.mjs': `setInterval(() => {}, 1000)`,
  'watcher.test.mjs': `require('node:fs').watch('.')`,
} as const;

describe('a file of tests that leaves something running', function () {
  this.timeout(60_000);
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-left-'));
    for (const [name, line] of Object.entries(FILES)) {
      const text = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
describe('${name}', () => { it('passes', () => { ${line}; }); });
`;
      await writeFile(join(directory, name), text);
    }
  });
  after(() => rm(directory, { recursive: true, force: true }));

  /** The files that a run of all of them calls failed. */
  async function failed(...words: string[]): Promise<string[]> {
    const report = join(directory, `report${words.length}.json`);
    const files = Object.keys(FILES).map((name) => join(directory, name));
    const options = ['--require', HOOKS, '--exit', '--reporter', 'json', '--reporter-option', `output=${report}`];
    // The exit code is the number of failures.
    const args = [MOCHA, '--no-config', ...options, ...words, ...files];
    await promisify(execFile)(process.execPath, args, { cwd: directory }).catch(() => undefined);
    const { stats, failures } = JSON.parse(await readFile(report, 'utf8'));
    expect(stats.passes).to.equal(files.length);
    return failures.map(({ err }: { err: { message: string } }) => basename(err.message.split(' ')[0] ?? '')).sort();
  }

  const LEAVERS = Object.keys(FILES).filter((name) => name !== 'clean.test.mjs');

  it('fails, and no other file does', async () => {
    expect(await failed()).to.deep.equal(LEAVERS);
  });

  it('fails, and no other file does, in parallel @nightly', async () => {
    expect(await failed('--parallel', '--jobs', '2')).to.deep.equal(LEAVERS);
  });
});
