import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CliEnvironment } from '../../../lib/cli/environment.ts';
import { pollUntil } from '../../../lib/cli/follow.ts';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { codeOf } from '../../rig/code-of.ts';

describe('following files', () => {
  let root: string;
  let slept: number[];
  let looks: number;
  let stop: AbortController;
  /** Longer than this, milliseconds, nobody sleeps to the end. */
  let longestMs: number;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-follow-'));
    [slept, looks, longestMs, stop] = [[], 0, 20, new AbortController()];
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const environment = (): CliEnvironment => {
    const clock: Clock = {
      ...systemClock,
      sleep: (delayMs, signal) => {
        slept.push(delayMs);
        return systemClock.sleep(delayMs > longestMs ? 600_000 : delayMs, signal);
      },
    };
    return { clock, signal: stop.signal } as CliEnvironment;
  };
  const place = (...names: string[]): string => join(root, ...names);
  /** Says so each time it has looked in vain. */
  const untilThere = (follow: readonly string[], path: string, onLook: (look: number) => Promise<void>) =>
    pollUntil(
      environment(),
      async () => {
        looks += 1;
        if (existsSync(path)) return looks;
        void onLook(looks);
        return undefined;
      },
      { follow },
    );

  it('looks again as soon as a file changes, without the time of a poll', async () => {
    const there = place('status.json');
    const write = async (look: number): Promise<void> => {
      if (look > 1) return;
      await writeFile(place('.new'), 'x');
      await rename(place('.new'), there);
    };
    expect(await untilThere([root], there, write)).to.be.at.least(2);
    expect(slept[0]).to.equal(1_000);
  });

  it('follows a directory from when it is there, and the one that takes its place', async () => {
    const directory = place('objects', 'x');
    await mkdir(place('objects'));
    const acts = [
      () => mkdir(directory),
      () => rename(directory, place('objects', '.trash')),
      () => mkdir(directory),
      () => writeFile(join(directory, 'status.json'), ''),
    ];
    const act = async (): Promise<void> => void (await acts.shift()?.());
    await untilThere([place('objects'), directory], join(directory, 'status.json'), act);
    expect(acts).to.deep.equal([]);
  });

  it('looks now and then where nothing tells of changes', async () => {
    longestMs = 250;
    const absent = place('none');
    expect(
      await untilThere([absent], place('late'), async (look) => {
        if (look === 2) await writeFile(place('late'), '');
      }),
    ).to.equal(3);
    expect(slept.slice(0, 2)).to.deep.equal([250, 250]);
  });

  it('ends with its time, and with an interrupt', async () => {
    longestMs = 1_000;
    const never = async (): Promise<undefined> => undefined;
    const bounds = { follow: [root], timeoutMs: 30, what: () => 'x' };
    await pollUntil(environment(), never, bounds).then(
      () => expect.fail('it ended'),
      (error: Error) => expect(error.message).to.equal('timed out: x'),
    );
    const waiting = codeOf(pollUntil(environment(), never, { follow: [root] }));
    stop.abort();
    expect(await waiting).to.equal('Aborted');
  });
});
