import { expect } from 'chai';
import { type GateResult, HealthGate, PROBE_INTERVAL_MS } from '../../../lib/app/health-gate.ts';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import type { Platform } from '../../../lib/platform/platform.ts';
import { deployTo } from '../../contract/platform/deploy-to.ts';
import { FakePlatform } from '../../fakes/fake-platform.ts';

const APP = { domain: 'notes.example.org', recipe: 'notes', composeFiles: ['compose.yml'], env: {}, secrets: {} };
const REVISION = { commit: 'c1', directory: '/nowhere' };

describe('HealthGate', () => {
  let platform: FakePlatform;
  let asked: number;
  let nowMs: number;
  /** What the next probes say; passes once it is empty. */
  let answers: number[];
  let gate: HealthGate;

  beforeEach(async () => {
    [asked, nowMs, answers] = [0, 1_000_000, []];
    const clock: Clock = { ...systemClock, now: () => nowMs, monotonicMs: () => nowMs };
    platform = await new FakePlatform({ clock }).open();
    platform.behave('c1', {
      exec: async () => {
        asked += 1;
        return { exitCode: answers.shift() ?? 0, stdout: '', stderr: '', outcome: 'Exited' };
      },
    });
    await deployTo(platform, APP, REVISION);
    gate = new HealthGate(platform as Platform, clock);
  });
  afterEach(() => platform.close());

  const look = (sinceMs = 1_000_000): Promise<GateResult> =>
    gate.look({
      domain: APP.domain,
      settings: { health: [{ exec: { service: 'app', command: ['true'] } }], healthPasses: 2 },
      sinceMs,
      signal: new AbortController().signal,
    });

  it('does not count a look that a hint brought too early: passes are 500 ms apart', async () => {
    expect((await look()).state).to.equal('Waiting');
    nowMs += 100;
    expect(await look()).to.deep.include({ state: 'Waiting', afterMs: PROBE_INTERVAL_MS - 100 });
    expect(asked).to.equal(1);
    nowMs += PROBE_INTERVAL_MS - 100;
    expect((await look()).state).to.equal('Up');
  });

  /** The pauses that so many looks ask for, each kept to. */
  const pausesOf = async (looks: number, sinceMs?: number): Promise<number[]> => {
    const pauses: number[] = [];
    while (pauses.length < looks) {
      const seen = await look(sinceMs);
      if (seen.state !== 'Waiting') throw new Error(`not waiting, but ${seen.state}`);
      pauses.push(seen.afterMs);
      nowMs += seen.afterMs;
    }
    return pauses;
  };

  it('tries a failed probe again after 50, 100, 200 ms and so on, up to the interval between passes', async () => {
    answers = [1, 1, 1, 1, 1, 1];
    expect(await pausesOf(6)).to.deep.equal([50, 100, 200, 400, PROBE_INTERVAL_MS, PROBE_INTERVAL_MS]);
  });

  it('keeps two passes 500 ms apart, however soon the first came', async () => {
    answers = [1, 1, 0, 0];
    expect(await pausesOf(3)).to.deep.equal([50, 100, PROBE_INTERVAL_MS]);
    expect((await look()).state).to.equal('Up');
  });

  it('begins anew with the pauses after a pass, and for another deploy', async () => {
    answers = [1, 1, 1, 0, 1, 1];
    expect(await pausesOf(5)).to.deep.equal([50, 100, 200, PROBE_INTERVAL_MS, 50]);
    answers = [1, 1];
    expect(await pausesOf(2, 2_000_000)).to.deep.equal([50, 100]);
  });

  it('looks for tasks that are not there yet after 50, 100, 200 ms and so on', async () => {
    platform.behave('c2', { services: [{ name: 'app', conduct: 'NeverUp' }] });
    await deployTo(platform, APP, { ...REVISION, commit: 'c2' });
    expect(await pausesOf(5)).to.deep.equal([50, 100, 200, 250, 250]);
    expect(asked).to.equal(0);
  });

  it('fails at once when somebody else changed the app', async () => {
    platform.meddle(APP.domain, 'service app was removed');
    expect(await look()).to.include({ state: 'Failed', reason: 'ChangedByOthers' });
  });
});
