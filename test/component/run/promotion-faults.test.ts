import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { AppHome } from '../../../lib/app/app-home.ts';
import { systemClock, type Timer } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { readFailedPromotions } from '../../../lib/known-good/failed-promotions.ts';
import { readLease } from '../../../lib/known-good/lease.ts';
import { nextPromotionStep, type PromotionFacts, type PromotionStep } from '../../../lib/known-good/promotion-steps.ts';
import type { Platform } from '../../../lib/platform/platform.ts';
import { readDecisions } from '../../../lib/store/reader.ts';
import { condition, stageOf } from './bench.ts';
import { BASE_VERSION, CANONICAL_DOMAIN, enrol, HEALTHY, type Notes, notesBench } from './enrolled.ts';

const SECRET = 'made-for-the-known-good';
const signal = new AbortController().signal;

/** Timers of the bench's clock that have not fired yet; `fire` ends their time. */
function timersOf({ bench }: Notes): { fire(): void } {
  const waiting = new Set<() => void>();
  bench.clock.after = (delayMs, run): Timer => {
    const act = (): void => {
      waiting.delete(act);
      run();
    };
    const timer = systemClock.after(delayMs, act);
    waiting.add(act);
    return {
      cancel: () => {
        waiting.delete(act);
        timer.cancel();
      },
    };
  };
  return {
    fire: () => {
      for (const act of waiting) act();
    },
  };
}

describe('a promotion that meets a fault', () => {
  let notes: Notes;
  /** The run that promotes: each test has one of its own, from the same known-good. */
  let name = '';
  let runs = 1;

  before(async () => {
    notes = await notesBench();
    await enrol(notes);
    await promoteFirst();
  });
  beforeEach(() => {
    runs += 1;
    name = `r${runs}`;
    notes.bench.platform.behave(notes.head, HEALTHY);
    notes.bench.clock.after = systemClock.after;
  });
  after(() => notes.bench.close());

  async function promoteFirst(): Promise<void> {
    await notes.bench.write('Run', 'r1', { recipe: 'notes', ref: BASE_VERSION });
    expect((await notes.bench.finish('r1')).promotion?.result).to.equal('Promoted');
  }

  async function hasDone(step: PromotionStep): Promise<boolean> {
    const journal = await notes.bench.journal(name).catch(() => undefined);
    return journal?.promotionMemory?.steps?.done.includes(step) ?? false;
  }

  /** Drives a run of the head until the promotion has done that step. */
  async function promoteUpTo(step: PromotionStep): Promise<void> {
    await notes.bench.write('Run', name, { recipe: 'notes' });
    await notes.bench.until(() => hasDone(step), step);
  }

  async function expectTheOldOne(status: RunStatus): Promise<void> {
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
    const good = await notes.bench.knownGood('notes').pointer();
    expect(good?.manifest.commit).to.equal(notes.base);
    const { deployed } = await notes.bench.platform.observe({ domain: CANONICAL_DOMAIN }, signal);
    expect(deployed).to.equal(false);
    const { directory } = notes.bench.knownGood('notes');
    expect(await readLease(directory)).to.equal(undefined);
    const [failed] = await readFailedPromotions(directory);
    expect(failed).to.deep.include({ run: name, commit: notes.head });
  }

  /** The next call of `method` does nothing until it is aborted, and its deadline comes. */
  function hang(method: 'deploy' | 'undeploy' | 'volumes' | 'observe'): { aborted: boolean } {
    const { platform } = notes.bench;
    const timers = timersOf(notes);
    const told = { aborted: false };
    const before = platform[method];
    const hanging = async (...given: readonly unknown[]): Promise<never> => {
      Object.assign(platform, { [method]: before });
      const abort = given.at(-1) as AbortSignal;
      const end = new Promise<never>((_, reject) => {
        abort.addEventListener('abort', () => {
          told.aborted = true;
          reject(new CcError('Aborted', `${method} was aborted`));
        });
      });
      timers.fire();
      return await end;
    };
    Object.assign(platform, { [method]: hanging as Platform[typeof method] });
    return told;
  }

  const HANGS: readonly { after: PromotionStep; method: Parameters<typeof hang>[0] }[] = [
    { after: 'MarkDirty', method: 'undeploy' },
    { after: 'Restore', method: 'volumes' },
    { after: 'PlantCanary', method: 'deploy' },
    { after: 'Deploy', method: 'observe' },
    { after: 'RemoveCanary', method: 'undeploy' },
    { after: 'Undeploy', method: 'volumes' },
  ];
  for (const { after, method } of HANGS) {
    it(`T26 ends at its deadline where the step after ${after} hangs in ${method} @nightly`, async () => {
      if (after === 'Restore') await enrol(notes, { ci: {} });
      await promoteUpTo(after);
      const told = hang(method);
      const status = await notes.bench.finish(name);
      if (after === 'Restore') await enrol(notes);
      expect(told.aborted).to.equal(true);
      expect(status.promotion).to.deep.include({ result: 'Failed', reason: 'DeadlineExceeded' });
      await expectTheOldOne(status);
    });
  }

  it('T17 aborts a way back that hangs, and takes it again to its end', async () => {
    await promoteUpTo('Deploy');
    await notes.bench.request({ kind: 'Run', name }, 'cancel');
    const told = hang('undeploy');
    const status = await notes.bench.finish(name);
    expect(told.aborted).to.equal(true);
    expect(status.promotion).to.deep.include({ result: 'Failed', reason: 'Cancelled' });
    await expectTheOldOne(status);
  });

  it('T26 leaves the logs of its app, its last words and its tasks, like a stage', async () => {
    await promoteUpTo('PlantCanary');
    notes.bench.platform.behave(notes.head, {
      services: [{ name: 'app', conduct: 'CrashLoops', logs: ['starts', `fatal: no table with ${SECRET}`] }],
    });
    await new AppHome(notes.bench.settings.stateDirectory, CANONICAL_DOMAIN).createSecret('token', SECRET);
    const status = await notes.bench.finish(name);
    await expectTheOldOne(status);
    const stage = stageOf(status, 'Promote');
    expect(stage).to.include({ result: 'Failed', reason: 'Failed', service: 'app' });
    expect(stage.logTail?.join('\n')).to.include('fatal: no table').and.not.include(SECRET);
    expect(stage.message).to.include('no table').and.not.include(SECRET);
    const logs = join(notes.bench.settings.stateDirectory, status.artifacts ?? '', 'logs');
    expect(await readFile(join(logs, 'promote-service-app.log'), 'utf8'))
      .to.include('no table')
      .and.not.include(SECRET);
    expect(JSON.parse(await readFile(join(logs, 'promote-tasks.json'), 'utf8'))).to.have.length(1);
    const results = join(notes.bench.settings.stateDirectory, status.artifacts ?? '', 'results.json');
    expect(await readFile(results, 'utf8'))
      .to.include('no table')
      .and.not.include(SECRET);
  });

  it('I10 says nothing secret where a step throws', async () => {
    await promoteUpTo('PlantCanary');
    await new AppHome(notes.bench.settings.stateDirectory, CANONICAL_DOMAIN).createSecret('token', SECRET);
    notes.bench.platform.failNext('deploy', new CcError('CommandFailed', `cannot use ${SECRET}`));
    const status = await notes.bench.finish(name);
    await expectTheOldOne(status);
    expect(stageOf(status, 'Promote').message).to.include('cannot use').and.not.include(SECRET);
    expect(JSON.stringify(await notes.bench.journal(name))).not.to.include(SECRET);
  });

  it('I20 keeps every decision so that it can be taken again', async () => {
    await promoteUpTo('Deploy');
    notes.bench.platform.failNext('observe', new CcError('CommandFailed', 'no answer'));
    const status = await notes.bench.finish(name);
    await expectTheOldOne(status);
    const { stateDirectory } = notes.bench.settings;
    const lines = await readDecisions({ stateDirectory, limit: 1_000 }, { kind: 'Run', name });
    const promotion = lines.filter(({ planner }) => planner === 'Promotion');
    const taken = promotion.map(({ action }) => JSON.stringify(action));
    expect(taken.some((action) => action.includes('"Deploy"'))).to.equal(true);
    expect(taken.some((action) => action.includes('"SaveEvidence"'))).to.equal(true);
    expect(taken.at(-1)).to.include('"Over"');
    for (const { inputs, action } of promotion)
      expect(nextPromotionStep(inputs as PromotionFacts)).to.deep.equal(action);
  });
});
