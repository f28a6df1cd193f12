import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/generated/types.ts';
import { systemClock } from '../../../lib/clock.ts';
import { stackNameOf } from '../../../lib/recipe/compose.ts';
import { askEngine } from '../../rig/engine-api.ts';
import { ensureBusyboxImage } from '../../rig/test-engine.ts';
import { type Bench, conditionOf } from '../harness.ts';
import { type Gate, Jar } from './jar-recipe.ts';
import { OwnEngine } from './own-engine.ts';
import { type StackKind, stackBench } from './stack-bench.ts';

/** Six for calls, one for events, one for a command in a container, and those of the process itself. */
const SOCKETS_MOST = 14;
const GROWTH_MOST_KB = 96 * 1024;
/** So long the engine stays away where that is the point, milliseconds. */
const AWAY_MS = 8_000;

type Signal = 'SIGTERM' | 'SIGKILL';

/** How dockerd ends, by the moment of the run. */
export interface EngineRestarts {
  testRuns: readonly Signal[];
  comesUp: readonly Signal[];
  /** Moments at which it stays away for longer. */
  away: readonly ('TestEnds' | 'Teardown')[];
}

/** Takes the engine away in mid-run and brings it back; on an engine of its own. */
export function engineRestarts(kind: StackKind, { testRuns, comesUp, away }: EngineRestarts): void {
  describe(`the engine goes away in mid-run: ${kind}`, function () {
    this.timeout(240_000);
    let engine: OwnEngine;
    let bench: Bench;
    let jar: Jar;
    const shared = process.env.CC_CI_TEST_SOCKET;

    before(async () => {
      engine = await OwnEngine.start();
      process.env.CC_CI_TEST_SOCKET = engine.socketPath;
      ensureBusyboxImage();
      bench = stackBench(kind, 'away', { maxRuns: 2 });
      jar = new Jar(bench);
      jar.enrol('Exec');
      await bench.start();
      await bench.waitFor('the Canonical', async () => (await bench.canonicalStatus('jar')).domain);
    });
    after(async () => {
      try {
        await bench?.dispose();
      } finally {
        await engine?.stop();
      }
      if (shared === undefined) delete process.env.CC_CI_TEST_SOCKET;
      else process.env.CC_CI_TEST_SOCKET = shared;
    });

    const stageOf = (status: RunStatus, name: string) => status.stages?.find((stage) => stage.name === name);
    const gateOf = (run: string): Gate => ({ run, stage: 'Custom', verb: 'test' });

    async function startHeld(run: string): Promise<Gate> {
      const gate = gateOf(run);
      jar.hold(gate);
      start(run);
      await bench.waitFor(`${run} to be held`, () => jar.isAt(gate), { timeoutMs: 120_000 });
      return gate;
    }

    function start(run: string): void {
      bench.apply('Run', run, { recipe: 'jar', promotion: 'Never' });
    }

    /** A verdict that blames no recipe, within the budget of attempts, and nothing left. */
    async function expectVerdict(run: string): Promise<RunStatus> {
      const status = await bench.waitOver(run, 180_000);
      const { reason } = conditionOf(status, 'Succeeded') ?? {};
      if (reason !== 'Passed') expect(status, JSON.stringify(status)).to.include({ blame: 'Infra' });
      expect(status.attempts?.length).to.be.within(1, 3);
      expect(conditionOf(status, 'TornDown')).to.include({ status: 'True' });
      await bench.waitClean([], 60_000);
      return status;
    }

    for (const signal of testRuns) {
      it(`${signal} to dockerd while a test runs, and back: the run ends with a verdict`, async () => {
        const gate = await startHeld(`test-${signal.toLowerCase()}`);
        await engine.take(signal);
        await engine.bringBack();
        jar.letGo(gate);
        await expectVerdict(gate.run);
      });
    }

    for (const signal of comesUp) {
      it(`${signal} to dockerd while the app comes up, and back`, async () => {
        const run = `up-${signal.toLowerCase()}`;
        start(run);
        const isApplied = async (): Promise<boolean> => {
          const { domain, stages } = await bench.runStatus(run);
          if (domain === undefined || stages?.find(({ name }) => name === 'Install')?.result !== 'Running')
            return false;
          const services = await askEngine<{ Spec: { Name: string } }[]>('/services');
          return services.some(({ Spec }) => Spec.Name === `${stackNameOf(domain)}_app`);
        };
        await bench.waitFor('the stack', isApplied, { timeoutMs: 60_000 });
        await engine.take(signal);
        await engine.bringBack();
        await expectVerdict(run);
      });
    }

    const inTest = async (): Promise<void> => {
      const gate = await startHeld('test-away');
      await engine.take('SIGKILL');
      jar.letGo(gate);
      await bench.waitFor('the fault to be noticed', async () => {
        const { stages, attempts } = await bench.runStatus(gate.run);
        return (attempts?.[0]?.reason ?? stages?.find(({ name }) => name === 'Custom')?.reason) !== undefined;
      });
      await engine.bringBack();
      const status = await expectVerdict(gate.run);
      expect(status.verdict).to.equal('Passed');
      expect(status.attempts?.length).to.be.greaterThan(1);
    };
    if (away.includes('TestEnds')) it('away while a test ends: tried again, and passed once it is back', inTest);

    const inTeardown = async (): Promise<void> => {
      const gate = await startHeld('teardown');
      jar.letGo(gate);
      const isGoing = async (): Promise<boolean> =>
        stageOf(await bench.runStatus(gate.run), 'Teardown')?.startTime !== undefined;
      await bench.waitFor('the teardown', isGoing);
      await engine.take('SIGTERM');
      await systemClock.sleep(AWAY_MS);
      await engine.bringBack();
      const status = await expectVerdict(gate.run);
      expect(conditionOf(status, 'Succeeded')).to.include({ status: 'True', reason: 'Passed' });
      expect(status.attempts).to.have.length(1);
    };
    if (away.includes('Teardown'))
      it('away in mid-teardown for a while: torn down in the end, the verdict stays', inTeardown);

    it('goes on with the next run; sockets stay few and memory does not grow with engines lost', async () => {
      const before = footprint(bench.pid);
      for (let times = 0; times < 4; times += 1) {
        await engine.take('SIGKILL');
        await engine.bringBack();
      }
      start('next');
      expect((await expectVerdict('next')).verdict).to.equal('Passed');
      const now = footprint(bench.pid);
      expect(now.sockets).to.be.at.most(SOCKETS_MOST);
      expect(now.memoryKb - before.memoryKb).to.be.at.most(GROWTH_MOST_KB);
      expect(bench.log).not.to.include('MaxListenersExceeded');
    });
  });
}

/** Open sockets and resident memory of a process. */
function footprint(pid: number): { sockets: number; memoryKb: number } {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  const memory = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { sockets: links.filter((link) => link.startsWith('socket:')).length, memoryKb: Number(memory) };
}

/** Closed meanwhile: nothing. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
