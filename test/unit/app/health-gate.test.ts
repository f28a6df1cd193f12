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
  let gate: HealthGate;

  beforeEach(async () => {
    [asked, nowMs] = [0, 1_000_000];
    const clock: Clock = { ...systemClock, now: () => nowMs, monotonicMs: () => nowMs };
    platform = await new FakePlatform({ clock }).open();
    platform.behave('c1', {
      exec: async () => {
        asked += 1;
        return { exitCode: 0, stdout: '', stderr: '', outcome: 'Exited' };
      },
    });
    await deployTo(platform, APP, REVISION);
    gate = new HealthGate(platform as Platform, clock);
  });
  afterEach(() => platform.close());

  const look = (): Promise<GateResult> =>
    gate.look({
      domain: APP.domain,
      settings: { health: [{ exec: { service: 'app', command: ['true'] } }], healthPasses: 2 },
      sinceMs: 1_000_000,
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

  it('fails at once when somebody else changed the app', async () => {
    platform.meddle(APP.domain, 'service app was removed');
    expect(await look()).to.include({ state: 'Failed', reason: 'ChangedByOthers' });
  });
});
