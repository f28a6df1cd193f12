import { expect } from 'chai';
import type { ServiceObservation, TaskObservation } from '../../../lib/platform/platform.ts';
import { condition, stageOf } from './bench.ts';
import { BASE_VERSION, HEALTHY, type Notes, notesBench } from './enrolled.ts';

describe('T91 a service that ends after the app was up', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const run = async () => {
    await notes.bench.write('Run', 'r1', { recipe: 'notes', source: notes.recipe.directory, ref: BASE_VERSION });
    return notes.bench.finish('r1');
  };

  /** The app has a second service, whose only task becomes what `later` says, by its age. */
  function beside(of: Partial<ServiceObservation>, later: (ageMs: number) => Partial<TaskObservation>): void {
    const { platform, clock } = notes.bench;
    const services = [{ name: 'app' }, { name: 'migrate', restart: of.restart ?? 'Always' }];
    for (const commit of [notes.base, notes.head]) platform.behave(commit, { ...HEALTHY, services, volumes: [] });
    const observe = platform.observe.bind(platform);
    const aged = (task: TaskObservation): TaskObservation =>
      task.current && task.startedAt !== undefined ? { ...task, ...later(clock.now() - task.startedAt) } : task;
    platform.observe = async (app, signal) => {
      const seen = await observe(app, signal);
      const changed = (one: ServiceObservation): ServiceObservation => ({ ...one, ...of, tasks: one.tasks.map(aged) });
      return { ...seen, services: seen.services.map((one) => (one.name === 'migrate' ? changed(one) : one)) };
    };
  }

  /** Ends with this code at this age. */
  const ends = (atMs: number, exitCode: number) => (ageMs: number) =>
    ageMs < atMs ? {} : { state: 'Exited' as const, exitCode, endedAt: notes.bench.clock.now() };

  it('is waited for where it may be a one-shot, and counts as done', async () => {
    beside({ restart: 'OnFailure' }, ends(6_000, 0));
    const skippedMs = notes.bench.clock.skippedMs;
    expect(condition(await run(), 'Succeeded')).to.equal('True/Passed');
    expect(notes.bench.clock.skippedMs - skippedMs).to.be.within(4_000, 30_000);
  });

  it('fails the stage that waits for it', async () => {
    beside({ restart: 'Never' }, ends(6_000, 3));
    const status = await run();
    expect(stageOf(status, 'Install')).to.include({ result: 'Failed', reason: 'ExitedForGood', service: 'migrate' });
    expect(status.blame).to.equal('Recipe');
  });

  it('fails the run although everything was tested before', async () => {
    beside({ restart: 'Never' }, ends(20_000, 3));
    const status = await run();
    expect(stageOf(status, 'Install').result).to.equal('Passed');
    const failed = stageOf(status, 'Custom');
    expect(failed).to.include({ result: 'Failed', reason: 'ExitedForGood', service: 'migrate', exitCode: 3 });
    expect(condition(status, 'Succeeded')).to.equal('False/Failed');
  });

  it('is not waited for where it serves', async () => {
    beside({ restart: 'OnFailure', serves: true }, () => ({}));
    const skippedMs = notes.bench.clock.skippedMs;
    expect(condition(await run(), 'Succeeded')).to.equal('True/Passed');
    expect(notes.bench.clock.skippedMs - skippedMs).to.be.below(10_000);
  });
});
