import { expect } from 'chai';
import { type CommandOptions, commandRunner } from '../../../lib/exec/command.ts';

function shell(script: string, options: Partial<CommandOptions> = {}): ReturnType<typeof commandRunner.run> {
  const env = { PATH: process.env.PATH ?? '' };
  return commandRunner.run({ argv: ['/bin/sh', '-c', script], cwd: '/', env, timeoutMs: 20_000, ...options });
}

describe('commandRunner', () => {
  it('gives exit code and both streams; a failure is a result', async () => {
    const result = await shell('echo out; echo err >&2; exit 3');
    expect(result).to.include({ exitCode: 3, stdout: 'out\n', stderr: 'err\n', outcome: 'Exited', truncated: false });
  });

  it('ends with its leader although a background child keeps the streams open', async () => {
    const result = await shell('sleep 60 & exit 0');
    expect(result).to.include({ exitCode: 0, outcome: 'Exited' });
  });

  it('ends with its leader although a child in a session of its own keeps the streams open', async () => {
    const result = await shell('setsid sleep 8 & echo said; exit 0');
    expect(result).to.include({ exitCode: 0, outcome: 'Exited', stdout: 'said\n' });
  });

  it('T69 a child that hangs is killed with its group at the deadline', async () => {
    const result = await shell('trap "" TERM; sleep 60 & wait', { timeoutMs: 100 });
    expect(result.outcome).to.equal('TimedOut');
  }).timeout(20_000);

  it('is aborted by the signal', async () => {
    const controller = new AbortController();
    const running = shell('sleep 60', { signal: controller.signal });
    controller.abort();
    expect((await running).outcome).to.equal('Aborted');
  });

  it('T69 keeps head and tail of too much output and says so', async () => {
    const result = await shell('echo first; yes x | head -c 3000000; echo last', { maxOutputBytes: 1_000 });
    expect(result.truncated).to.equal(true);
    expect(result.stdout)
      .to.match(/^first\n/)
      .and.match(/last\n$/);
    expect(result.stdout.length).to.be.lessThan(1_200);
  });

  it('passes no environment but the given', async () => {
    const result = await shell('env', { env: { PATH: process.env.PATH ?? '', ONLY: 'this' } });
    expect(result.stdout.split('\n').map((line) => line.split('=')[0]))
      .to.include('ONLY')
      .and.not.include('HOME');
  });

  it('NotFound names a program that does not exist', async () => {
    const running = commandRunner.run({ argv: ['/no/such/program'], cwd: '/', env: {} });
    const error = await running.catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'NotFound' });
  });
});
