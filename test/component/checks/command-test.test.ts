import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import { type CommandHookOptions, runCommandHook } from '../../../lib/checks/command-test.ts';
import { type HookFacts, hookEnvironment } from '../../../lib/checks/hook-environment.ts';
import { createMask } from '../../../lib/checks/mask.ts';
import { type ErrorCode, hasCode } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { ESCAPE_SCRIPT, escapingShell, fled } from '../../builders/escapes.ts';

const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;

describe('runCommandHook', () => {
  let directory: string;
  let root: string;
  let logFile: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cc-ci-hook-'));
    root = join(directory, 'root');
    logFile = join(directory, 'logs', 'hook.log');
    await mkdir(join(root, 'ci'), { recursive: true });
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function script(name: string, body: string): Promise<void> {
    await writeFile(join(root, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  const hook = (command: string[], options: Partial<CommandHookOptions> = {}) =>
    runCommandHook({
      command,
      root,
      env: { PATH, LANG: 'C.UTF-8' },
      runner: commandRunner,
      timeoutMs: 10_000,
      signal: new AbortController().signal,
      logFile,
      mask: createMask([]),
      ...options,
    });

  async function codeOf(pending: Promise<unknown>, code: ErrorCode): Promise<boolean> {
    return hasCode(await pending.catch((error: unknown) => error), code);
  }

  it('exit 0 passes, 77 skips and tells the last line, anything else fails', async () => {
    await script('ci/t.sh', 'echo first; echo "no mail server here" >&2; exit "$1"');
    expect(await hook(['./ci/t.sh', '0'])).to.include({ result: 'Passed', exitCode: 0 });
    expect(await hook(['./ci/t.sh', '77'])).to.include({
      result: 'Skipped',
      message: './ci/t.sh 77: no mail server here',
    });
    expect(await hook(['ci/t.sh', '3'])).to.include({ result: 'Failed', exitCode: 3, reason: 'ExitCode' });
  });

  it('T86 a helper that fled into a session of its own, without a token, ends with the test', async () => {
    const marker = `ccci-fled-${basename(directory)}`;
    await script('t.sh', escapingShell({ kind: 'DoubleFork' }, marker, join(directory, 'ready')));
    await writeFile(join(root, 'escape.pl'), ESCAPE_SCRIPT);
    const env = { PATH, CCCI_TOKEN: `test-${marker}/child/one` };
    expect(await hook(['./t.sh'], { env, directories: [directory] })).to.include({ result: 'Passed' });
    expect(await fled(marker)).to.deep.equal([]);
  });

  it('T69 a test that did its work and then exits non-zero has failed', async () => {
    await script('t.sh', `echo done > ${directory}/work; exit 1`);
    expect((await hook(['./t.sh'])).result).to.equal('Failed');
    expect(await readFile(join(directory, 'work'), 'utf8')).to.equal('done\n');
  });

  it('runs in the root with exactly the given environment', async () => {
    await script('env.sh', 'pwd; /usr/bin/env');
    const facts: HookFacts = {
      path: PATH,
      home: directory,
      tmp: directory,
      token: 'instance/child/x',
      baseUrl: 'http://127.0.0.1:1',
      domain: 'd',
      recipe: 'notes',
      recipeDirectory: root,
      version: '',
      commit: 'c',
      run: 'r',
      mode: 'Cold',
      stage: 'Custom',
      artifacts: directory,
    };
    const env = hookEnvironment(facts);
    expect((await hook(['./env.sh'], { env })).result).to.equal('Passed');
    const [cwd, ...lines] = (await readFile(logFile, 'utf8')).trimEnd().split('\n');
    expect(cwd).to.equal(root);
    const seen = lines
      .map((line) => line.split('=')[0])
      .filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name!));
    expect(seen.sort()).to.deep.equal(Object.keys(env).sort());
  });

  it('looks a bare name up on the PATH of the child, never in the root', async () => {
    await script('only-here', 'exit 0');
    expect(await codeOf(hook(['only-here']), 'NotFound')).to.equal(true);
    expect((await hook(['true'])).result).to.equal('Passed');
  });

  for (const program of ['../outside.sh', './ci/../../outside.sh', '/bin/sh', './link.sh', './linked/outside.sh']) {
    it(`refuses ${program}`, async () => {
      await writeFile(join(directory, 'outside.sh'), '#!/bin/sh\n', { mode: 0o755 });
      await symlink(join(directory, 'outside.sh'), join(root, 'link.sh'));
      await symlink(directory, join(root, 'linked'));
      expect(await codeOf(hook([program]), 'Refused')).to.equal(true);
    });
  }

  it('follows a symlink that stays below the root', async () => {
    await script('ci/real.sh', 'exit 0');
    await symlink('ci/real.sh', join(root, 'alias.sh'));
    expect((await hook(['./alias.sh'])).result).to.equal('Passed');
  });

  it('says what is missing: the file, the right to run it, the root, the program', async () => {
    await script('plain.sh', 'exit 0');
    await chmod(join(root, 'plain.sh'), 0o644);
    expect(await codeOf(hook(['./absent.sh']), 'NotFound')).to.equal(true);
    expect(await codeOf(hook(['./plain.sh']), 'NotFound')).to.equal(true);
    expect(await codeOf(hook(['true'], { root: join(directory, 'absent') }), 'NotFound')).to.equal(true);
    expect(await codeOf(hook([]), 'InvalidInput')).to.equal(true);
  });

  it('T60 a test that hangs is killed with all it started, and its log is there', async () => {
    await script('hang.sh', `echo before; sleep 300 & echo $! > ${directory}/pid; wait`);
    const result = await hook(['./hang.sh'], { timeoutMs: 500 });
    expect(result).to.include({ result: 'Failed', reason: 'DeadlineExceeded' });
    expect(result.logTail).to.deep.equal(['before']);
    expect(await readFile(logFile, 'utf8')).to.equal('before\n');
    const pid = Number(await readFile(join(directory, 'pid'), 'utf8'));
    expect(await isGone(pid)).to.equal(true);
  });

  it('T60 the log grows while the test runs', async () => {
    await script('slow.sh', `echo early; while [ ! -e ${directory}/go ]; do sleep 0.05; done; echo late`);
    const pending = hook(['./slow.sh']);
    await until(async () => (await readFile(logFile, 'utf8').catch(() => '')) === 'early\n');
    await writeFile(join(directory, 'go'), '');
    expect((await pending).logTail).to.deep.equal(['early', 'late']);
  });

  it('an abort is an error; the log is there all the same', async () => {
    await script('hang.sh', 'echo before; sleep 300');
    const controller = new AbortController();
    const pending = hook(['./hang.sh'], { signal: controller.signal });
    await until(async () => (await readFile(logFile, 'utf8').catch(() => '')) !== '');
    controller.abort();
    expect(await codeOf(pending, 'Aborted')).to.equal(true);
    expect(await readFile(logFile, 'utf8')).to.equal('before\n');
  });

  it('I10: a secret is masked in the log, the tail and the message, also when it is printed in pieces', async () => {
    const mask = createMask(['hunter22-hunter22']);
    await script(
      'leak.sh',
      'printf "key hunter22-"; sleep 0.1; echo hunter22; echo "bad hunter22-hunter22" >&2; exit 77',
    );
    const result = await hook(['./leak.sh'], { mask });
    expect(JSON.stringify(result)).not.to.include('hunter22');
    expect(result.message).to.include('bad ***');
    expect(await readFile(logFile, 'utf8')).not.to.include('hunter22');
    expect((await stat(logFile)).mode & 0o777).to.equal(0o600);
  });

  it('T69 bounds 100 MB of output, keeps its beginning and its end', async () => {
    const mask = createMask(['some-secret-value']);
    await script(
      'loud.sh',
      'echo first line; head -c 100000000 /dev/zero | tr "\\0" "x"; echo; echo last line; exit 1',
    );
    const result = await hook(['./loud.sh'], { mask, timeoutMs: 60_000 });
    expect(result).to.include({ result: 'Failed', truncated: true });
    expect(result.logTail.at(-1)).to.equal('last line');
    const log = await readFile(logFile);
    expect(log.length).to.be.below(10 * 1024 * 1024);
    expect(log.subarray(0, 10).toString()).to.equal('first line');
    expect(log.subarray(-10).toString()).to.equal('last line\n');
  }).timeout(60_000);

  it('T64 a full disk under the log is NoSpace, not a verdict', async () => {
    await script('say.sh', 'echo something');
    expect(await codeOf(hook(['./say.sh'], { logFile: '/dev/full' }), 'NoSpace')).to.equal(true);
  });

  it('T69 keeps invalid UTF-8 in the log and shows it harmlessly', async () => {
    await script('bytes.sh', "printf 'ab\\377\\376cd\\033[31mred\\033[0m\\n'; exit 5");
    const result = await hook(['./bytes.sh']);
    expect(result.logTail).to.deep.equal(['ab\uFFFD\uFFFDcdred']);
    expect((await readFile(logFile)).subarray(0, 4)).to.deep.equal(Buffer.from([0x61, 0x62, 0xff, 0xfe]));
  });
});

async function until(done: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await done())) {
    if (Date.now() > end) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function isGone(pid: number): Promise<boolean> {
  const end = Date.now() + 5_000;
  while (Date.now() < end) {
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (state === '' || state.split(') ')[1]?.startsWith('Z')) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}
