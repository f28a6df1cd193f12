import { expect } from 'chai';
import { awaitStopped } from '../../../../lib/platform/swarm/stack-removal.ts';
import { codeOf } from '../../../contract/platform/platform-contract.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { FakeEngine } from '../../../fakes/fake-engine.ts';

const never = new AbortController().signal;
const STACK = 'notes_ci_test';
const STEP_MS = 100;

describe('waiting for a stack to stop', () => {
  let engine: FakeEngine;
  let clock: FakeClock;

  beforeEach(() => {
    engine = new FakeEngine();
    clock = new FakeClock();
    for (const name of ['app', 'db']) engine.put(STACK, name, { image: 'notes:1', replicas: 1, labels: {} });
  });

  /** @param passesOver times that the engine passes over a task. */
  const scaleAway = async (passesOver: number): Promise<void> => {
    engine.passesOver = passesOver;
    for (const id of engine.serviceMap.keys()) await engine.scale(id, 0);
  };
  const stopped = (): Promise<void> => awaitStopped({ engine, clock, stack: STACK, signal: never });
  /** Step by step: what is awaited may look at the time in between. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += STEP_MS) await clock.advance(STEP_MS);
  };
  const nudges = () => engine.calls.filter((call) => call.startsWith('nudge'));
  const appId = () => [...engine.serviceMap.values()].find(({ name }) => name === `${STACK}_app`)?.id;

  it('is over at once where nothing runs, and asks for nothing', async () => {
    await scaleAway(0);
    await stopped();
    expect(nudges()).to.deep.equal([]);
  });

  it('asks again for the service of a task that the engine passed over, as often as it takes', async () => {
    await scaleAway(1);
    engine.passesOver = 1;
    const end = stopped();
    await pass(10_000);
    await end;
    expect(nudges()).to.deep.equal([`nudge ${appId()}`, `nudge ${appId()}`]);
  });

  it('a task that is on its way out is waited for without asking again', async () => {
    await scaleAway(2);
    for (const task of engine.tasks) task.desired = 'shutdown';
    const end = stopped();
    await pass(10_000);
    expect(nudges()).to.deep.equal([]);
    for (const task of engine.tasks) task.state = 'shutdown';
    await pass(1_000);
    await end;
  });

  it('names what never stops when its time is over', async () => {
    await scaleAway(1_000);
    const code = codeOf(stopped());
    await pass(400_000);
    expect(await code).to.equal('DeadlineExceeded');
  });
});
