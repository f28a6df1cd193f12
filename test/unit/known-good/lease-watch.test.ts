import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { acquireLease } from '../../../lib/known-good/lease.ts';
import { LeaseWatch } from '../../../lib/known-good/lease-watch.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const MIB = 1024 * 1024;
const LEASE = { holder: 'r1', uid: 'u', attempt: 1 };

describe('work in the background', () => {
  let directory: string;
  let pass: AbortController;
  let wanted: boolean;
  let watch: LeaseWatch;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-watch-'));
    pass = new AbortController();
    wanted = false;
    watch = new LeaseWatch(directory, pass.signal, () => wanted);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const work = async (bytes: number): Promise<boolean> => {
    watch.worked(bytes);
    await watch.end();
    return watch.signal.aborted;
  };

  it('goes on while nobody wants anything', async () => {
    for (let piece = 0; piece < 5; piece += 1) expect(await work(5 * MIB)).to.equal(false);
    expect(watch.gaveWay).to.equal(false);
  });

  it('gives way to who takes the lease, after eight MiB at most', async () => {
    await acquireLease(directory, LEASE, new FakeClock());
    expect(await work(8 * MIB - 1)).to.equal(false);
    expect([await work(1), watch.gaveWay]).to.deep.equal([true, true]);
  });

  it('gives way to what else its worker is wanted for', async () => {
    wanted = true;
    expect([await work(8 * MIB), watch.gaveWay]).to.deep.equal([true, true]);
  });

  it('ends with its pass, which is no giving way', () => {
    pass.abort();
    expect([watch.signal.aborted, watch.gaveWay]).to.deep.equal([true, false]);
  });

  it('counts what programs write, and hands it on', async () => {
    wanted = true;
    const seen: number[] = [];
    const run = async ({ onOutput }: { onOutput?: (chunk: Buffer, stream: 'stdout') => void }) => {
      onOutput?.(Buffer.alloc(8 * MIB), 'stdout');
      return {} as never;
    };
    const tools = watch.over({ runner: { run } as never, env: {}, signal: pass.signal });
    await tools.runner.run({ argv: ['x'], cwd: '/', env: {}, onOutput: ({ length }) => void seen.push(length) });
    await watch.end();
    expect([seen, tools.signal.aborted]).to.deep.equal([[8 * MIB], true]);
  });
});
