import { expect } from 'chai';
import type { CommandRunner } from '../../../lib/exec/command.ts';
import type { Coreutils } from '../../../lib/fs/coreutils.ts';
import { WriteBack } from '../../../lib/fs/write-back.ts';
import { codeOf } from '../../rig/code-of.ts';

const MIB = 1024 * 1024;

/** Programs that end when they are told to. */
class Programs implements CommandRunner {
  readonly started: (readonly string[])[] = [];
  readonly #ends: ((exitCode: number) => void)[] = [];

  readonly run: CommandRunner['run'] = async ({ argv }) => {
    this.started.push(argv);
    const exitCode = await new Promise<number>((resolve) => this.#ends.push(resolve));
    const stderr = exitCode === 0 ? '' : 'sync: error syncing: Input/output error\n';
    return { exitCode, stdout: '', stderr, all: stderr, truncated: false, outcome: 'Exited', durationMs: 1 };
  };

  async end(exitCode: number): Promise<void> {
    this.#ends.shift()?.(exitCode);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Loading the module that starts them takes a moment. */
  async startedAll(count: number): Promise<void> {
    while (this.started.length < count) await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('WriteBack', () => {
  let programs: Programs;
  let writeBack: WriteBack;
  beforeEach(() => {
    programs = new Programs();
    const tools: Coreutils = { runner: programs, env: {}, signal: new AbortController().signal };
    writeBack = new WriteBack('/copies/new', tools);
  });

  it('sends what was written to the disk each time that there is much of it, one call at a time', async () => {
    writeBack.wrote(40 * MIB);
    await writeBack.end();
    expect(programs.started).to.deep.equal([]);
    writeBack.wrote(40 * MIB);
    await programs.startedAll(1);
    expect(programs.started).to.deep.equal([['sync', '-f', '--', '/copies/new']]);
    for (let piece = 0; piece < 10; piece += 1) writeBack.wrote(40 * MIB);
    await programs.end(0);
    expect(programs.started).to.have.length(1);
    writeBack.wrote(1);
    await programs.startedAll(2);
    writeBack.wrote(63 * MIB);
    await programs.end(0);
    await writeBack.end();
    expect(programs.started).to.have.length(2);
  });

  it('ends only when no call is under way, and tells that one failed', async () => {
    writeBack.wrote(64 * MIB);
    await programs.startedAll(1);
    let ended = false;
    const end = codeOf(writeBack.end()).finally(() => {
      ended = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).to.equal(false);
    await programs.end(1);
    expect(await end).to.equal('Unreachable');
    writeBack.wrote(64 * MIB);
    expect(await codeOf(writeBack.end())).to.equal('Unreachable');
    expect(programs.started).to.have.length(1);
  });
});
