import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CommandSink } from '../../../lib/alerts/command-sink.ts';
import { sinksOf } from '../../../lib/alerts/sinks.ts';
import { alertBody } from '../../../lib/alerts/webhook-sink.ts';
import { systemClock } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { type CommandOptions, commandRunner } from '../../../lib/exec/command.ts';
import { listTokenProcesses } from '../../../lib/exec/processes.ts';
import { anAlert } from '../../builders/alert.ts';
import { codeOf } from '../../rig/code-of.ts';

describe('a command that gets alerts', () => {
  let root: string;
  const instanceId = `instance-${randomUUID()}`;
  const { signal } = new AbortController();
  const at = (name: string): string => join(root, name);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ccci-command-sink-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function script(...lines: string[]): string {
    const path = at('notify');
    writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
    chmodSync(path, 0o755);
    return path;
  }

  /** `timeoutMs`: in place of half a minute. */
  function sink(argv: [string, ...string[]], timeoutMs?: number): CommandSink {
    const run = (options: CommandOptions) =>
      commandRunner.run({ ...options, ...(timeoutMs !== undefined && { timeoutMs }) });
    return new CommandSink({ argv, runner: { run }, path: '/usr/bin:/bin', instanceId });
  }

  const faultOf = async (one: CommandSink): Promise<CcError> => {
    const error = await one.deliver(anAlert(), signal).catch((thrown: unknown) => thrown);
    if (error instanceof CcError) return error;
    throw new Error(`no such error: ${String(error)}`);
  };

  it('gets the same JSON as a webhook on its standard input, and takes it by exit code 0', async () => {
    await sink([script(`cat > ${at('got')}`)]).deliver(anAlert(), signal);
    expect(readFileSync(at('got'), 'utf8')).to.equal(`${alertBody(anAlert())}\n`);
  });

  it('gets its arguments as they are, no shell, an environment of its own, and begins in /', async () => {
    const path = script(
      `printf '%s\\n' "$#" "$1" "$2" > ${at('got')}`,
      `pwd >> ${at('got')}`,
      `env | cut -d= -f1 | sort > ${at('env')}`,
    );
    await sink([path, '$(id); `id` && x', '']).deliver(anAlert(), signal);
    expect(readFileSync(at('got'), 'utf8')).to.equal('2\n$(id); `id` && x\n\n/\n');
    const names = readFileSync(at('env'), 'utf8').trim().split('\n');
    expect(names).to.include.members(['PATH', 'LANG', 'CCCI_TOKEN']);
    expect(names).to.not.include.members(['HOME']);
    expect(
      names.filter((name) => !['PATH', 'LANG', 'CCCI_TOKEN', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)),
    ).to.deep.equal([]);
  });

  it('may leave its input alone, and its output open behind it', async () => {
    await sink([script('exit 0')]).deliver(anAlert({ message: 'x'.repeat(4_000) }), signal);
    const big = anAlert({
      facts: { notes: Array.from({ length: 20 }, (_, n) => ({ version: `${n}`, text: 'x'.repeat(4_000) })) },
    });
    await sink([script('exec 0<&-', 'exit 0')]).deliver(big, signal);
  });

  it('T86 nothing of it is left, wherever it fled to', async () => {
    await sink([
      script(
        `setsid sh -c 'echo $$ > ${at('pid')}; exec sleep 600' >/dev/null 2>&1 &`,
        `while [ ! -s ${at('pid')} ]; do :; done`,
      ),
    ]).deliver(anAlert(), signal);
    expect(Number(readFileSync(at('pid'), 'utf8'))).to.be.greaterThan(0);
    expect(await listTokenProcesses(`${instanceId}/`)).to.deep.equal([]);
  });

  for (const [title, line, code] of [
    ['ends otherwise', 'exit 3', 'CommandFailed'],
    ['is killed', 'kill -9 $$', 'CommandFailed'],
    ['skips, as a test would', 'exit 77', 'CommandFailed'],
  ] as const) {
    it(`that ${title} did not take it`, async () => {
      expect(await codeOf(sink([script(line)]).deliver(anAlert(), signal))).to.equal(code);
    });
  }

  it('T69 that hangs, and does not hear SIGTERM, is ended after its time', async () => {
    const path = script("trap '' TERM", `echo $$ > ${at('pid')}`, 'while :; do sleep 1; done');
    expect(await codeOf(sink([path], 300).deliver(anAlert(), signal))).to.equal('DeadlineExceeded');
    expect(Number(readFileSync(at('pid'), 'utf8'))).to.be.greaterThan(0);
    expect(await listTokenProcesses(`${instanceId}/`)).to.deep.equal([]);
  });

  it('is ended on the signal', async () => {
    const aborter = new AbortController();
    const code = codeOf(sink([script(`echo $$ > ${at('pid')}`, 'exec sleep 600')]).deliver(anAlert(), aborter.signal));
    for (let n = 0; n < 500 && !existsSync(at('pid')); n += 1) await systemClock.sleep(10);
    aborter.abort();
    expect(await code).to.equal('Aborted');
  });

  it('T69 T90 of garbage without end the last words are kept, on one line that steers nothing', async () => {
    const path = script(
      'head -c 10000000 /dev/zero | tr "\\0" "\\377"',
      "printf '\\033[2J\\r\\n\\nno route to ops\\n' >&2",
      'exit 1',
    );
    const { message } = await faultOf(sink([path]));
    expect(message)
      .to.match(/no route to ops$/)
      .and.have.length.below(500);
    expect(message).to.not.match(/[\u0000-\u001f]/);
  });

  it('T89 what it was given as arguments is masked in what it says', async () => {
    const path = script('echo "sent $@ to https://bot:hunter22@chat.example.org/ in vain"', 'exit 1');
    const one = sink([path, '--token=s3cr3t-token', 's3cr3t-room', '--to']);
    const { message } = await faultOf(one);
    expect(`${one.key} ${one.name} ${message}`).to.not.match(/s3cr3t|hunter22/);
    expect(message).to.include('--to').and.include('in vain');
  });

  it('that does not exist, or may not be run, is an error that says so', async () => {
    writeFileSync(at('plain'), 'x');
    for (const program of [at('nothing'), at('plain'), 'no-such-program-anywhere', root])
      expect(await codeOf(sink([program]).deliver(anAlert(), signal)), program).to.equal('NotFound');
  });
});

describe('the sinks of a configuration', () => {
  const surroundings = { clock: systemClock, runner: commandRunner, path: '/bin', instanceId: 'instance-1' };

  it('come in its order, one that is named twice once', () => {
    const settings = [
      { command: ['notify', 'a'] },
      { webhook: { url: 'http://x/' } },
      { command: ['notify', 'a'] },
      { command: ['notify', 'b'] },
    ];
    const sinks = sinksOf(settings, surroundings);
    expect(sinks.map(({ name }) => name)).to.deep.equal(['command notify', 'webhook http://x', 'command notify']);
    expect(new Set(sinks.map(({ key }) => key)).size).to.equal(3);
  });

  it('have the same keys in another order', () => {
    const settings = [{ command: ['notify', 'a'] }, { webhook: { url: 'http://x/' } }];
    const keys = sinksOf(settings, surroundings).map(({ key }) => key);
    expect(sinksOf(settings.toReversed(), surroundings).map(({ key }) => key)).to.deep.equal(keys.toReversed());
  });
});
