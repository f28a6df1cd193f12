import { expect } from 'chai';
import { systemClock } from '../../../../lib/clock.ts';
import { CcError } from '../../../../lib/errors.ts';
import type { CommandOptions, CommandResult, CommandRunner } from '../../../../lib/exec/command.ts';
import { AbraCli } from '../../../../lib/platform/abra/abra-cli.ts';

class FakeRunner implements CommandRunner {
  readonly calls: CommandOptions[] = [];
  result: Partial<CommandResult> = {};
  failure: Error | undefined;

  async run(options: CommandOptions): Promise<CommandResult> {
    this.calls.push(options);
    if (this.failure) throw this.failure;
    const { stdout = '', stderr = '' } = this.result;
    const all = stdout + stderr;
    return { exitCode: 0, stdout, stderr, all, truncated: false, outcome: 'Exited', durationMs: 1, ...this.result };
  }
}

describe('AbraCli', () => {
  let runner: FakeRunner;
  let cli: AbraCli;
  const { signal } = new AbortController();
  const call = { directory: '/abra', signal, timeoutMs: 1_000 };

  beforeEach(() => {
    runner = new FakeRunner();
    const environment = { SSH_AUTH_SOCK: '/agent', ABRA_DIR: '/not/this', LC_ALL: 'de_DE' };
    const common = { binary: 'abra', socketPath: '/engine.sock', path: '/bin', instanceId: 'i1' };
    cli = new AbraCli({ ...common, runner, clock: systemClock, environment });
  });

  it('gives a minimal environment, in which nobody else has a say', async () => {
    await cli.run({ ...call, args: ['app', 'ls'] });
    const { CCCI_TOKEN, ...env } = runner.calls[0]!.env;
    expect(CCCI_TOKEN).to.match(/^i1\/child\/[\w-]+$/);
    expect(env).to.deep.equal({
      HOME: '/abra',
      DOCKER_HOST: 'unix:///engine.sock',
      SSH_AUTH_SOCK: '/agent',
      PATH: '/bin',
      ABRA_DIR: '/abra',
      LANG: 'C',
      LC_ALL: 'C',
      ABRA_LANG: 'C',
      COLUMNS: '200',
      TERM: 'xterm',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
    });
  });

  it('uses long flags only, and never asks', async () => {
    await cli.run({ ...call, args: ['app', 'ls', '--machine'] });
    expect(runner.calls[0]!.argv).to.deep.equal(['abra', 'app', 'ls', '--machine', '--no-input', '--offline']);
  });

  it('quotes words for the shell of a terminal', async () => {
    await cli.run({ ...call, args: ['recipe', 'lint', "it's $HOME"], through: 'Terminal' });
    const { argv } = runner.calls[0]!;
    expect(argv.slice(0, 4)).to.deep.equal(['script', '--quiet', '--return', '--command']);
    expect(argv[4]).to.match(/exec 'abra' 'recipe' 'lint' 'it'\\''s \$HOME' '--no-input' '--offline'$/);
  });

  const failures: readonly [string, Partial<CommandResult>, string][] = [
    ['T03 a fatal line on standard output', { exitCode: 1, stdout: 'FATA cannot find app with name x\n' }, 'NotFound'],
    ['T03 a fatal line on standard error', { exitCode: 1, stderr: 'FATA cannot find app with name x\n' }, 'NotFound'],
    ['a fatal line with exit code 0', { stdout: 'FATA odd\n' }, 'CommandFailed'],
    ['T69 an exit code without a word', { exitCode: 3 }, 'CommandFailed'],
    ['T69 the deadline', { outcome: 'TimedOut', exitCode: 143 }, 'DeadlineExceeded'],
    ['an abort', { outcome: 'Aborted', exitCode: 143 }, 'Aborted'],
  ];
  for (const [name, result, code] of failures) {
    it(`${name} is ${code}`, async () => {
      runner.result = result;
      const error = await cli.run({ ...call, args: ['app', 'ps', 'x.test'] }).catch((reason: unknown) => reason);
      expect(error).to.include({ code });
    });
  }

  for (const through of ['Pipes', 'Terminal'] as const) {
    it(`T11 a program that is missing (${through}) is NotFound, with what to install`, async () => {
      runner.failure = new CcError('NotFound', 'no');
      const error = await cli.run({ ...call, args: ['app', 'ls'], through }).catch((reason: unknown) => reason);
      expect(error).to.include({ code: 'NotFound' });
      expect((error as CcError).remedy).to.include(through === 'Pipes' ? 'abra' : 'bsdutils');
    });
  }

  it('reads JSON from standard output only', async () => {
    runner.result = { stdout: '{"a":1}\n', stderr: '{"b":2}\n' };
    expect(await cli.json({ ...call, args: ['app', 'ls', '--machine'] })).to.deep.equal({ a: 1 });
  });
});
