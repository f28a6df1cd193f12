import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { TOKEN_VARIABLE } from '../../../../lib/exec/command.ts';
import type { HealthCheck } from '../../../../lib/platform/process/record.ts';
import { probeHealth } from '../../../../lib/platform/process/supervisor/health-probe.ts';
import { scriptedService } from '../../../builders/applied-app.ts';
import { driven, PollingClock } from '../../../rig/driven.ts';

/** A check that notes its token, and passes while there is a file `healthy`. */
const CHECK = 'echo "$CCCI_TOKEN" >> asked; test -e healthy';

describe('probeHealth', () => {
  let root: string;
  let token: string;
  let clock: PollingClock;
  let told: string[];
  let end: AbortController;
  let probing: Promise<void>;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-probe-'));
    token = `test-${randomBytes(4).toString('hex')}/service/app/1`;
    clock = new PollingClock();
    told = [];
    end = new AbortController();
    probing = Promise.resolve();
  });
  afterEach(async () => {
    end.abort();
    await probing;
    await rm(root, { recursive: true });
  });

  const probe = (changes: Partial<HealthCheck> = {}, script = CHECK): void => {
    const check = { intervalMs: 2_000, timeoutMs: 60_000, retries: 1, startPeriodMs: 0, ...changes };
    const { launch } = scriptedService(root, '');
    probing = probeHealth({
      ...{
        check: { command: ['/bin/sh', '-c', script], ...check },
        launch,
        environment: { ...launch.environment, [TOKEN_VARIABLE]: token },
      },
      ...{ clock, token, cgroups: undefined, signal: end.signal },
      onChange: (health) => void told.push(`${health} at ${clock.monotonicMs()}`),
    });
  };
  const asked = (): string[] =>
    existsSync(join(root, 'asked')) ? readFileSync(join(root, 'asked'), 'utf8').trim().split('\n') : [];
  const has = (count: number): Promise<void> => driven(clock, () => told.length === count);
  const healthy = (): void => writeFileSync(join(root, 'healthy'), '');

  it('asks each half second until it passes, then after each interval; one failure says so, one success too', async () => {
    probe();
    await clock.advance(499);
    expect(asked()).to.deep.equal([]);
    await clock.advance(1);
    await has(1);
    healthy();
    await clock.advance(500);
    await has(2);
    rmSync(join(root, 'healthy'));
    await clock.advance(1_999);
    expect(asked()).to.have.length(2);
    await clock.advance(1);
    await has(3);
    expect(told).to.deep.equal(['Unhealthy at 500', 'Healthy at 1000', 'Unhealthy at 3000']);
    expect(asked()).to.deep.equal([1, 2, 3].map((number) => `${token}/check/${number}`));
  });

  it('asks after its interval where that is shorter, and tells what stays the same once', async () => {
    healthy();
    probe({ intervalMs: 200 });
    await clock.advance(199);
    expect(asked()).to.deep.equal([]);
    await clock.advance(1);
    await has(1);
    await driven(clock, () => asked().length === 3, 20);
    expect(told).to.deep.equal(['Healthy at 200']);
  });

  it('T23 failures count from the very end of the start period on', async () => {
    probe({ startPeriodMs: 500 });
    await clock.advance(500);
    await has(1);
    end.abort();
    await probing;
    end = new AbortController();
    probe({ startPeriodMs: 501 });
    await clock.advance(500);
    await driven(clock, () => asked().length === 3, 20);
    await has(2);
    expect(told[0]).to.equal('Unhealthy at 500');
  });

  it('a check that has no answer in time has failed, and is ended', async () => {
    probe({ timeoutMs: 3_000 }, 'echo $$ > pid; exec sleep 600');
    await clock.advance(500);
    await driven(clock, () => existsSync(join(root, 'pid')));
    await clock.advance(2_999);
    expect(told).to.deep.equal([]);
    await clock.advance(1);
    await has(1);
    expect(() => process.kill(Number(readFileSync(join(root, 'pid'), 'utf8')), 0)).to.throw();
  });

  it('ends with its signal, also in the middle of a check, and tells nothing any more', async () => {
    probe();
    end.abort();
    await probing;
    expect(asked()).to.deep.equal([]);
    end = new AbortController();
    probe({}, 'touch began; exec sleep 600');
    await clock.advance(500);
    await driven(clock, () => existsSync(join(root, 'began')));
    end.abort();
    await probing;
    expect(told).to.deep.equal([]);
  });
});
