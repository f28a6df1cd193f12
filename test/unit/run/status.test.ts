import { expect } from 'chai';
import { nextActionOf, runStatus, type StatusFacts } from '../../../controllers/run/conditions.ts';
import { isToBeHeld, planRun, type RunAction, type RunFacts } from '../../../controllers/run/plan.ts';
import type { RunStatus } from '../../../lib/api/index.ts';
import { CcError } from '../../../lib/errors.ts';
import { BASE, HEAD, resolvedRun } from '../../builders/resolved-run.ts';
import {
  ALL_PASSED,
  attemptMemory,
  endedJournal,
  NOW,
  runFacts,
  runJournal,
  runProgress,
  testingJournal,
} from '../../builders/run-facts.ts';
import { storedRun, TIME } from '../../builders/stored-object.ts';

const statusOf = (facts: Partial<StatusFacts>): RunStatus =>
  runStatus({
    ...{ object: storedRun(), journal: runJournal(), progress: undefined, resolved: undefined, now: NOW },
    ...{ platform: 'Process', artifacts: 'runs/notes-uidnotes' },
    ...facts,
  });
const outcome = { reason: 'Failed', verdict: 'Failed', level: 2, message: 'x', blame: 'Recipe' } as const;
const lastHandledRequest = { id: 'r', verb: 'retry', time: TIME, result: 'Done', message: '' } as const;

describe('the status of a run: its facts', () => {
  it('of one that waits are few', () => {
    const queue = { position: 2, reason: 'Slot' } as const;
    const next = { what: 'x', reason: 'y' };
    const status = statusOf({ queue, next, object: storedRun({ lastHandledRequest, validGeneration: 3 }) });
    expect(status).to.deep.include({ observedGeneration: 3, mode: 'Cold', platform: 'Process', queue, attempts: [] });
    expect(status).to.deep.include({ nextAction: next, lastHandledRequest });
    expect(status).to.not.have.any.keys('verdict', 'version', 'commit', 'domain', 'url', 'level', 'stages', 'deploys');
    expect(status).to.not.have.any.keys('promotion', 'blame', 'artifacts', 'startTime', 'completionTime', 'problems');
    expect(status).to.not.have.any.keys('suspended', 'fallback');
  });

  it('of one that is tested are its attempt, what is tested, and how far', () => {
    const resources = [{ kind: 'App', domain: 'note-abcdef.example.org' }] as const;
    const attempts = [{ number: 1, domain: 'note-abcdef.example.org', startTime: TIME, resources }];
    const memory = attemptMemory({ url: 'http://127.0.0.1:20000' });
    const progress = { ...runProgress({ Prepare: 'Passed' }), deploys: 1 };
    const journal = testingJournal({ attempts, memory, outcome, promotion: { result: 'Skipped', reason: 'NotGreen' } });
    const status = statusOf({ journal, progress, resolved: resolvedRun({ fallback: 'NoKnownGood' }) });
    expect(status).to.deep.include({
      ...{ verdict: 'Failed', level: 2, blame: 'Recipe', fallback: 'NoKnownGood', commit: HEAD },
      ...{ version: { base: '1.0.0+1.0.0', head: '1.1.0+1.1.0' }, domain: 'note-abcdef.example.org', startTime: TIME },
      ...{ url: 'http://127.0.0.1:20000', artifacts: 'runs/notes-uidnotes', deploys: { count: 1, expected: 1 } },
      ...{ attempts: [{ number: 1, startTime: TIME }], promotion: { result: 'Skipped', reason: 'NotGreen' } },
    });
    expect(status.stages?.[0]).to.deep.equal({ name: 'Prepare', result: 'Passed' });
    expect(statusOf({ journal: { ...journal, tornDown: true } })).to.not.have.property('url');
    expect(statusOf({ resolved: resolvedRun() }).deploys).to.deep.equal({ count: 0, expected: 1 });
  });

  it('name a base without a version by its commit, and none where there is none', () => {
    const version = (base: object) => statusOf({ resolved: resolvedRun({ base: base as never }) }).version;
    expect(version({ from: 'DefaultBranch', commit: BASE })).to.deep.equal({ base: BASE, head: '1.1.0+1.1.0' });
    expect(version({ from: 'None', reason: 'NothingToTest', message: '' })).to.deep.equal({ head: '1.1.0+1.1.0' });
  });

  it('say who suspended it, and what is wrong with its file', () => {
    expect(statusOf({ suspended: true }).suspended).to.deep.equal({ by: 'Spec', file: '/specs/notes.yaml' });
    const object = storedRun({ suspended: true });
    expect(statusOf({ suspended: true, object }).suspended).to.deep.equal({ by: 'Request' });
    expect(statusOf({ object })).to.not.have.property('suspended');
    const problems = [{ path: 'spec', message: 'wrong' }];
    const rejected = { reason: 'InvalidSpec', problems } as never;
    const status = statusOf({ object: storedRun({ rejected }) });
    const [accepted] = status.conditions.filter(({ type }) => type === 'Accepted');
    expect(accepted).to.include({ status: 'False', reason: 'InvalidSpec', message: 'wrong' });
  });

  it('I19 of one that is frozen are frozen, but for what may still move', () => {
    const frozen = { ...statusOf({ journal: endedJournal(), resolved: resolvedRun() }), level: 3, nextAction: 'old' };
    const journal = endedJournal({ frozen });
    const next = { what: 'x', reason: 'y' };
    const later = statusOf({ journal, next, object: storedRun({ lastHandledRequest, validGeneration: 7 }) });
    expect(later).to.deep.include({ level: 3, commit: HEAD, nextAction: next, lastHandledRequest });
    expect(later).to.deep.include({ observedGeneration: 7, artifacts: 'runs/notes-uidnotes' });
    const before = endedJournal({ frozen: { ...frozen, conditions: [] } });
    expect(statusOf({ journal: before }).conditions).to.have.length.above(0);
  });
});

describe('the status of a run: its conditions in words', () => {
  const is = (type: string, facts: Partial<StatusFacts>) => {
    const found = statusOf(facts).conditions.find((one) => one.type === type);
    return found && `${found.status}/${found.reason}: ${found.message}`;
  };
  const stuck = { startedRunningMs: 0, tries: 1, remaining: ['a', 'b'] };
  for (const [type, what, facts, wanted] of [
    ['Succeeded', 'waits', { queue: { position: 1, reason: 'DiskFloor' } }, /Unknown\/Pending.*DiskFloor/],
    ['Succeeded', 'is about to start', {}, /Unknown\/Pending: about/],
    ['Succeeded', 'is tested', { journal: testingJournal() }, /Unknown\/Running: testing/],
    ['Succeeded', 'is held', { journal: testingJournal({ step: 'Holding' }) }, /Unknown\/Running.*held/],
    ['Succeeded', 'promotes', { journal: testingJournal({ step: 'Promoting' }) }, /Unknown\/Running.*promoting/],
    ['Succeeded', 'is torn down', { journal: testingJournal({ step: 'TearingDown', outcome }) }, /Running.*\(Failed\)/],
    ['Succeeded', 'is given up', { journal: testingJournal({ step: 'TearingDown' }) }, /Running.*an attempt/],
    ['Succeeded', 'ended', { journal: endedJournal({ outcome }) }, /False\/Failed: x/],
    ['TornDown', 'never began', {}, undefined],
    ['TornDown', 'is torn down', { journal: testingJournal({ tornDown: true }) }, /True\/Verified/],
    ['TornDown', 'is in use', { journal: testingJournal() }, /False\/InUse/],
    ['TornDown', 'is not tried yet', { journal: testingJournal({ teardown: { ...stuck, tries: 0 } }) }, /False\/InUse/],
    ['TornDown', 'is tried', { journal: testingJournal({ teardown: stuck }) }, /False\/Remaining.*a, b/],
    ['TornDown', 'ended', { journal: endedJournal({ tornDown: false }) }, /False\/Remaining.*something/],
    ['Reconciling', 'waits', {}, /True\/Pending/],
    ['Reconciling', 'is tested', { journal: testingJournal() }, /True\/Testing/],
    ['Reconciling', 'is tested, though suspended', { journal: testingJournal(), suspended: true }, /True\/Testing/],
    ['Reconciling', 'is held', { journal: testingJournal({ step: 'Holding' }) }, undefined],
    ['Reconciling', 'is suspended', { suspended: true }, undefined],
  ] satisfies [string, string, Partial<StatusFacts>, RegExp | undefined][]) {
    it(`${type} of one that ${what}: ${wanted ?? 'none'}`, () => {
      if (wanted === undefined) expect(is(type, facts)).to.equal(undefined);
      else expect(is(type, facts)).to.match(wanted);
    });
  }
});

describe('the next action of a run, in words', () => {
  const at = (afterMs: number) => new Date(NOW + afterMs).toISOString();
  for (const [action, waitingFor, wanted] of [
    [{ type: 'Rest', reason: 'HeldForALook', afterMs: 5 }, undefined, { reason: 'HeldForALook', time: at(5) }],
    [{ type: 'Rest', reason: 'HeldForALook' }, undefined, { what: 'tear down the held app', reason: 'HeldForALook' }],
    [{ type: 'Rest', reason: 'Finished' }, undefined, undefined],
    [{ type: 'WaitForSlot', position: 1, reason: 'DiskFloor' }, undefined, { reason: 'DiskFloor' }],
    [{ type: 'WaitForSlot', position: 1, reason: 'Slot' }, undefined, { what: 'start when a run slot is free' }],
    [{ type: 'WaitForRetry', afterMs: 9 }, undefined, { reason: 'InfraFault', time: at(9) }],
    [{ type: 'RunStep', stage: 'Lint', step: 0 }, undefined, { what: 'Lint, step 1', reason: 'Lint' }],
    [{ type: 'RunStep', stage: 'Lint', step: 2 }, 'the page', { what: 'Lint: wait for the page', reason: 'Lint' }],
    [{ type: 'TearDown' }, undefined, { what: 'tear down note-abcdef.example.org', reason: 'Teardown' }],
    [{ type: 'Judge' }, undefined, { what: 'Judge', reason: 'Judge' }],
  ] satisfies [RunAction, string | undefined, object | undefined][]) {
    it(`${action.type} ${waitingFor ?? ''}: ${JSON.stringify(wanted)}`, () => {
      const found = nextActionOf({ journal: testingJournal(), action, now: NOW, waitingFor, failure: undefined });
      if (wanted === undefined) expect(found).to.equal(undefined);
      else expect(found).to.deep.include(wanted);
      expect(found && 'time' in found).to.equal(wanted && 'time' in wanted);
    });
  }

  it('is another pass after one that failed, whatever was planned', () => {
    const failure = { error: new CcError('NoSpace', 'x'), terminal: false, failures: 1, retryAt: NOW };
    const facts = { journal: runJournal(), now: NOW, waitingFor: undefined };
    expect(nextActionOf({ ...facts, action: { type: 'Judge' }, failure })?.reason).to.equal('Retrying');
  });
});

describe('the plan of a run: what is held, gated and kept', () => {
  const plan = (facts: Partial<RunFacts>) => planRun(runFacts(facts));
  const up = attemptMemory({ up: true });

  it('a run is held where it is red, was deployed, and somebody wants to look', () => {
    const memory = attemptMemory({ appliedMs: 1 });
    const held = { holdOnFailureMs: 1 };
    expect(isToBeHeld({ memory, outcome }, held)).to.equal(true);
    expect(isToBeHeld({ memory, outcome }, { holdOnFailureMs: 0 })).to.equal(false);
    expect(isToBeHeld({ memory, outcome: { ...outcome, verdict: 'Passed' } }, held)).to.equal(false);
    const { verdict: _, ...unjudged } = outcome;
    expect(isToBeHeld({ memory, outcome: { ...unjudged, reason: 'TimedOut' } }, held)).to.equal(true);
    expect(isToBeHeld({ memory, outcome: { ...unjudged, reason: 'Cancelled' } }, held)).to.equal(false);
    expect(isToBeHeld({ memory: attemptMemory(), outcome }, held)).to.equal(false);
    expect(isToBeHeld({ outcome }, held)).to.equal(false);
    expect(isToBeHeld({ memory }, held)).to.equal(false);
  });

  for (const [why, results, memory, wanted] of [
    ['after a failed backup', { Backup: 'Failed', Restore: 'Pending' }, attemptMemory(), 'BackupFailed'],
    ['after a failed restore', { Restore: 'Failed', Custom: 'Pending' }, attemptMemory(), 'RestoreFailed'],
    ['on an app that went', { Backup: 'Pending' }, attemptMemory(), 'InstallFailed'],
    ['of a backup that is not whole', { Backup: 'Failed', Restore: 'Pending' }, up, 'BackupFailed'],
    [
      'of no backup, for its reason',
      { Backup: { result: 'Skipped', reason: 'NoBackupLabels' }, Restore: 'Pending' },
      up,
      'NoBackupLabels',
    ],
    ['of no backup, for none', { Backup: 'Skipped', Restore: 'Pending' }, up, 'NothingToTest'],
    ['before anything is prepared', { Prepare: 'Failed', Custom: 'Pending' }, up, 'PrepareFailed'],
    ['before anything is installed', { Install: 'Skipped', Custom: 'Pending' }, up, 'InstallFailed'],
  ] satisfies [string, Parameters<typeof runProgress>[0], typeof up, string][]) {
    it(`a stage ${why} is skipped: ${wanted}`, () => {
      const facts = { journal: testingJournal({ memory }), progress: runProgress({ ...ALL_PASSED, ...results }) };
      expect(plan(facts)).to.include({ type: 'SkipStage', reason: wanted });
    });
  }

  it('a step has its time to the end, and only where its stage runs at its cursor', () => {
    const memory = attemptMemory({ cursor: { stage: 'Prepare', step: 3 }, stepStartedMs: 10 });
    const facts = { journal: testingJournal({ memory }), progress: runProgress({ Prepare: 'Running' }) };
    expect(plan({ ...facts, monotonicMs: 600_010 })).to.deep.equal({ type: 'RunStep', stage: 'Prepare', step: 3 });
    expect(plan({ ...facts, monotonicMs: 600_011 })).to.include({ type: 'FailStage', stage: 'Prepare' });
    const opened = { ...facts, progress: runProgress({ Prepare: 'Passed', Lint: 'Running' }) };
    expect(plan({ ...opened, monotonicMs: 900_000 })).to.deep.equal({ type: 'RunStep', stage: 'Lint', step: 0 });
  });

  it('the whole run has its time to the end', () => {
    const facts = { journal: testingJournal(), progress: runProgress() };
    expect(plan({ ...facts, monotonicMs: 3_600_000 }).type).to.equal('RunStep');
    expect(plan({ ...facts, monotonicMs: 3_600_001 })).to.include({ reason: 'TimedOut' });
  });

  it('artifacts have theirs from the end of the run', () => {
    const journal = endedJournal({ endedRunningMs: 500 });
    expect(plan({ journal, runningMs: 1_000_499 })).to.deep.equal({
      type: 'Rest',
      reason: 'ArtifactsExpire',
      afterMs: 1,
    });
    expect(plan({ journal, runningMs: 1_000_500 })).to.deep.equal({ type: 'RemoveArtifacts' });
    expect(plan({ journal, deletion: 'Destroying' })).to.deep.equal({ type: 'Remove' });
    const { endedRunningMs: _, ...unknown } = endedJournal();
    expect(plan({ journal: unknown, runningMs: 9_000_000 })).to.include({ afterMs: 1_000_000 });
    expect(plan({ journal: endedJournal({ collected: false, artifactsRemoved: true }) }).type).to.equal('Rest');
  });
});
