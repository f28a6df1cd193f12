import { expect } from 'chai';
import { next, type StepContext, type StepOutcome, skipStage } from '../../../controllers/run/stage.ts';
import { LAST_LOOK_MS, lookAgain } from '../../../controllers/run/steps/app-steps.ts';
import type { StageName } from '../../../lib/api/index.ts';
import type { AppObservation, ServiceObservation, TaskObservation } from '../../../lib/platform/platform.ts';

const NOW = 1_000_000;

const exited = (exitCode: number, agoMs = 1_000): TaskObservation => ({
  state: 'Exited',
  current: true,
  startedAt: NOW - agoMs - 10,
  endedAt: NOW - agoMs,
  exitCode,
});
const running = (agoMs: number): TaskObservation => ({ state: 'Running', current: true, startedAt: NOW - agoMs });

function seen(of: Partial<ServiceObservation>): AppObservation {
  const service: ServiceObservation = {
    name: 'job',
    image: 'i',
    replicas: 1,
    restart: 'Always',
    tasks: [],
    update: 'None',
    ...of,
  };
  return { deployed: true, services: [service], volumes: [], endpoints: [], ignored: [] };
}

interface Moment {
  stage?: StageName;
  up?: boolean;
  foundDownMs?: number;
}

function contextAt({ stage = 'Custom', up = true, foundDownMs }: Moment = {}): StepContext {
  const memory = { up, appliedMs: NOW - 100_000, ...(foundDownMs === undefined ? {} : { foundDownMs }) };
  const clock = { now: () => NOW, monotonicMs: () => NOW };
  return { stage, memory, applied: memory, services: { clock } } as unknown as StepContext;
}

const FAILED_JOB = seen({ restart: 'Never', tasks: [exited(3)] });
const DOWN = seen({ tasks: [exited(1)] });
const skipped = skipStage('NothingToTest', 'no tests are declared');

describe('T91 the look at an app before a stage ends', () => {
  const ending = (outcome: StepOutcome) =>
    outcome.kind === 'End' ? `${outcome.end.result}/${outcome.end.reason}` : outcome.kind;

  const rows: [string, Moment, AppObservation, StepOutcome, string][] = [
    ['all that runs still runs', {}, seen({ tasks: [running(50_000)] }), next, 'Next'],
    ['a one-shot failed meanwhile', { stage: 'Upgrade' }, FAILED_JOB, next, 'Failed/ExitedForGood'],
    ['a one-shot failed, and there was nothing to test', {}, FAILED_JOB, skipped, 'Failed/ExitedForGood'],
    ['a service is just started again, in the middle', { stage: 'Backup' }, DOWN, next, 'Next'],
    ['a service is just started again, at the end', {}, DOWN, next, 'Again'],
    ['it still is', { foundDownMs: NOW - LAST_LOOK_MS + 1 }, DOWN, skipped, 'Wait'],
    ['it stays down', { foundDownMs: NOW - LAST_LOOK_MS }, DOWN, next, 'Failed/NotUpAnyMore'],
    ['a one-shot may still end', {}, seen({ restart: 'Never', tasks: [running(20_000)] }), next, 'Again'],
    ['it goes on, so it is a service', {}, seen({ restart: 'OnFailure', tasks: [running(40_000)] }), next, 'Next'],
    ['the app is known to be down', { up: false }, FAILED_JOB, next, 'Next'],
  ];
  for (const [why, moment, observation, outcome, is] of rows) {
    it(`${why}: ${is}`, () => {
      expect(ending(lookAgain(contextAt(moment), observation, outcome))).to.equal(is);
    });
  }

  it('names service and exit code', () => {
    const outcome = lookAgain(contextAt(), FAILED_JOB, next);
    expect(outcome).to.have.nested.include({ 'end.service': 'job', 'end.exitCode': 3 });
  });

  it('remembers when the app was first found down', () => {
    const context = contextAt();
    lookAgain(context, DOWN, next);
    expect(context.memory.foundDownMs).to.equal(NOW);
  });
});
