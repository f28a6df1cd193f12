import { expect } from 'chai';
import { CcError } from '../../../../lib/errors.ts';
import { STACK_LABEL } from '../../../../lib/platform/swarm/engine/engine.ts';
import { awaitGone, awaitStopped } from '../../../../lib/platform/swarm/stack/removal.ts';
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

describe('waiting for a stack to be gone', () => {
  let engine: FakeEngine;
  let clock: FakeClock;

  beforeEach(() => {
    engine = new FakeEngine();
    clock = new FakeClock();
  });

  const container = (id: string, state: string, stack = STACK): void => {
    engine.containers.push({ id, service: `${stack}_job`, taskId: `task-of-${id}`, state, stack });
  };
  const gone = (): Promise<void> => awaitGone({ engine, clock, stack: STACK, signal: never });
  /** Step by step: what is awaited may look at the time in between. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += STEP_MS) await clock.advance(STEP_MS);
  };
  const removals = () => engine.calls.filter((call) => call.startsWith('removeContainer'));

  it('T92 finished containers of jobs are removed once the services are gone, those of others stay', async () => {
    container('done', 'exited');
    container('never-ran', 'created');
    container('foreign', 'exited', 'sso_ci_test');
    const end = gone();
    await pass(1_000);
    await end;
    expect(removals()).to.deep.equal(['removeContainer done', 'removeContainer never-ran']);
    expect(engine.containers.map(({ id }) => id)).to.deep.equal(['foreign']);
  });

  it('T92 a running container is waited for and removed when it has ended', async () => {
    container('busy', 'running');
    const end = gone();
    await pass(1_000);
    expect(removals()).to.deep.equal([]);
    for (const one of engine.containers) one.state = 'exited';
    await pass(1_000);
    await end;
    expect(removals()).to.deep.equal(['removeContainer busy']);
  });

  it('T92 a job that runs on without its service is stopped, its network removed only after it', async () => {
    container('busy', 'running');
    engine.jobTasks.push({
      ...{ id: 'task-of-busy', serviceId: 'gone', stack: STACK, templateDigest: '', createdAt: 1, stateAt: 1 },
      ...{ state: 'running', desired: 'complete', containerId: 'busy' },
    });
    const labels = { [STACK_LABEL]: STACK };
    engine.networkMap.set('net', { id: 'net', name: `${STACK}_default`, labels });
    const end = gone();
    await pass(1_000);
    await end;
    expect(engine.calls.filter((call) => /^(stop|remove)/.test(call))).to.deep.equal([
      'stopContainer busy',
      'removeContainer busy',
      'removeNetwork net',
    ]);
  });

  it('T92 a network is not removed under a container that still runs', async () => {
    container('busy', 'running');
    engine.networkMap.set('net', { id: 'net', name: `${STACK}_default`, labels: { [STACK_LABEL]: STACK } });
    const end = gone();
    await pass(1_000);
    expect(engine.calls).not.to.include('removeNetwork net');
    for (const one of engine.containers) one.state = 'exited';
    await pass(1_000);
    await end;
    expect(engine.calls).to.include('removeNetwork net');
  });

  it('T92 no container is removed while a service is there that may start it again', async () => {
    engine.put(STACK, 'job', { image: 'notes:1', replicas: 1, labels: {} });
    container('done', 'exited');
    const code = codeOf(gone());
    await pass(400_000);
    expect(await code).to.equal('DeadlineExceeded');
    expect(removals()).to.deep.equal([]);
  });

  it('T92 one that runs again in the moment of its removal is waited for', async () => {
    container('busy', 'exited');
    engine.failNext('removeContainer', new CcError('Conflict', 'it runs'));
    const end = gone();
    await pass(1_000);
    await end;
    expect(removals()).to.have.length(2);
  });
});
