import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { startChild, startFault } from '../../../lib/exec/child.ts';
import { type CommandOptions, commandRunner } from '../../../lib/exec/command.ts';
import { watchStrayErrors } from '../../../lib/exec/stray-errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { codeOf } from '../../contract/platform/platform-contract.ts';

const STARVED = new URL('./starved-child.ts', import.meta.url).pathname;

describe('T85 an error of a child ends nothing but that child', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-spawn-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const run = (argv: [string, ...string[]], options: Partial<CommandOptions> = {}) =>
    commandRunner.run({ argv, cwd: directory, env: { PATH: '/usr/bin:/bin' }, timeoutMs: 20_000, ...options });
  const systemError = (code: string): Error =>
    Object.assign(new Error(`spawn x ${code}`), { code, syscall: 'spawn x' });

  it('T85 without a descriptor left commands, probes and looks at processes are Unreachable, and work again later', () => {
    const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
    const script = `ulimit -n 96; exec node --disable-warning=ExperimentalWarning ${STARVED}`;
    const said = execFileSync('/bin/sh', ['-c', script], { env, encoding: 'utf8' });
    const seen = JSON.parse(said) as { starved: Record<string, string[]>; after: Record<string, string> };
    for (const [what, answers] of Object.entries(seen.starved)) {
      expect(new Set(answers), what).to.include('Unreachable').and.not.include('NotFound');
      expect(
        answers.filter((answer) => !['Unreachable', 'well'].includes(answer)),
        what,
      ).to.deep.equal([]);
    }
    expect(seen.after).to.deep.equal({ command: 'well', tcp: 'well', http: 'well', port: 'well', processes: 'well' });
  });

  for (const code of ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']) {
    it(`T85 T100 ${code} is the machine's fault`, () => {
      expect(startFault('x', systemError(code), { cwd: '/', isThere: true })).to.include({ code: 'Unreachable' });
    });
  }

  it('T85 arguments that are too long, or hold a NUL, are InvalidInput', async () => {
    const endless = 'x'.repeat(4 * 1024 * 1024);
    expect(await codeOf(run(['/bin/echo', endless]))).to.equal('InvalidInput');
    expect(await codeOf(run(['/bin/echo', 'a\0b']))).to.equal('InvalidInput');
  });

  it('T85 a file that may not be executed is NotFound, a directory that is gone is DataMissing', async () => {
    await writeFile(join(directory, 'plain'), 'text', { mode: 0o644 });
    expect(await codeOf(run([join(directory, 'plain')]))).to.equal('NotFound');
    expect(await codeOf(run(['/bin/true'], { cwd: join(directory, 'absent') }))).to.equal('DataMissing');
  });

  it('T85 a child that does not read its input breaks no more than its pipe', async () => {
    const result = await run(['/bin/sh', '-c', 'exec <&-; exit 3'], { input: 'x'.repeat(8 * 1024 * 1024) });
    expect(result).to.include({ exitCode: 3, outcome: 'Exited' });
  });

  it('T85 a child that could not be started has no pid, ends, and its streams are closed', async () => {
    const child = startChild({ argv: ['/no/such'], cwd: '/', env: {}, output: 'pipe' });
    expect(await child.ended).to.include({ how: 'NotStarted' });
    await child.closed;
    expect(child.pid).to.equal(undefined);
  });
});

describe('stray errors', () => {
  const fakeProcess = () =>
    Object.assign(new EventEmitter(), { stdout: new EventEmitter(), stderr: new EventEmitter() });

  async function verdict(error: unknown, event = 'uncaughtException'): Promise<string> {
    const source = fakeProcess();
    const { fault } = watchStrayErrors(source, silentLog);
    source.emit(event, error);
    return await Promise.race([fault, new Promise<string>((resolve) => setImmediate(() => resolve('GoesOn')))]);
  }
  const coded = (code: string, fields: object = {}): Error => Object.assign(new Error(code), { code, ...fields });

  for (const error of [
    coded('EMFILE', { syscall: 'spawn git' }),
    coded('ENOSPC', { syscall: 'watch' }),
    coded('EPIPE', { syscall: 'write' }),
    coded('ECONNRESET', { syscall: 'read' }),
    coded('ERR_STREAM_DESTROYED'),
    coded('HPE_INVALID_CONSTANT'),
    new CcError('Aborted', 'stopped'),
  ]) {
    it(`T85 ${error.message} of one thing does not stop the controller`, async () => {
      expect(await verdict(error)).to.equal('GoesOn');
      expect(await verdict(error, 'unhandledRejection')).to.equal('GoesOn');
    });
  }

  it('T85 a fault of the program stops it', async () => {
    expect(await verdict(new TypeError('x is not a function'))).to.equal('Fault');
    expect(await verdict('thrown words', 'unhandledRejection')).to.equal('Fault');
  });

  it('T85 a log whose reader is gone is silent', () => {
    const source = fakeProcess();
    watchStrayErrors(source, silentLog);
    const broken = coded('EPIPE', { syscall: 'write' });
    expect(source.stderr.emit('error', broken)).to.equal(true);
    expect(source.stdout.emit('error', broken)).to.equal(true);
  });
});
