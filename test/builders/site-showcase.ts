import type { SiteAlerts } from '../../controllers/site/site-facts.ts';
import type { CanonicalStatus, KnownGood, RunStatus, StageResult } from '../../lib/api/generated/types.ts';
import type { AlertEntry } from '../../lib/site/model.ts';
import { SiteObjects } from './site-store.ts';
import { storedRun, TIME } from './stored-object.ts';

const COMMIT = '7ae7b0f7c0ffee00112233445566778899aabbcc';
const at = (minutes: number): string => new Date(Date.parse(TIME) + minutes * 60_000).toISOString();

/** What every part of the site has something to show of. Artifacts of `notes-pr12` lie in `runs/notes-pr12-uidnotes`. */
export function showcase(objects: SiteObjects = new SiteObjects()): SiteObjects {
  enrol(objects, 'notes', 24);
  enrol(objects, 'wordpress', 30);
  enrol(objects, 'hedgedoc', 7);
  enrol(objects, 'nextcloud', 0);
  objects.run('lone-1', 'lone-recipe-that-nobody-has-enrolled', 'Cancelled');
  objects.put(
    storedRun({ name: 'notes-pr12', creationTimestamp: at(900) }, { recipe: 'notes', ...request() }),
    'Run',
    failedRun(),
  );
  objects.run('wordpress-now', 'wordpress', 'Running', { stages: [{ name: 'Install', result: 'Running' }] });
  services(objects);
  objects.sweep('weekly', {
    nextScheduleTime: at(20_000),
    lastSweep: {
      occurrence: '20300101T000000Z',
      cause: 'Schedule',
      startTime: TIME,
      completionTime: at(60),
      warmServices: [{ name: 'keycloak', result: 'Current' }],
      result: 'Failed',
      recipes: [
        {
          recipe: 'notes',
          canonical: 'notes',
          decision: 'Run',
          reason: 'NewVersion',
          to: '1.2.0+3.4.5',
          result: 'Passed',
          promotion: 'Promoted',
        },
        { recipe: 'wordpress', canonical: 'wordpress', decision: 'Skip', reason: 'NoNewVersion' },
        {
          recipe: 'hedgedoc',
          canonical: 'hedgedoc',
          decision: 'Run',
          reason: 'TooOld',
          to: '0.6.1+1.10.0',
          result: 'Failed',
        },
      ],
    },
  });
  return objects;
}

/** Alerts of the showcase. */
export const SHOWCASE_ALERTS: SiteAlerts = (() => {
  const alert = (id: string, more: Partial<AlertEntry>): AlertEntry => ({
    id,
    time: TIME,
    severity: 'Warning',
    reason: 'UpgradeHeld',
    object: { kind: 'WarmService', name: 'keycloak' },
    message: '11.0.0+27.0.1 is held: the notes of 11.0.0+27.0.1 ask for work by hand.',
    ...more,
  });
  const failed = alert('a2', {
    severity: 'Critical',
    reason: 'RollbackFailed',
    object: { kind: 'WarmService', name: 'wiki' },
    message: 'the app is not healthy on 2.1.0+1.35.4 either; its data is kept.',
  });
  return { openAlerts: [failed, alert('a1', {})], alerts: [failed, alert('a1', {})] };
})();

function request() {
  const url = 'https://git.example.org/coop-cloud/notes/pulls/12';
  return { ref: 'refs/pull/12/head', pullRequest: { number: 12, url, author: 'ada' } };
}

/** A recipe with so many ended runs, of which some failed and some say nothing. */
function enrol(objects: SiteObjects, recipe: string, runs: number): void {
  const knownGood: KnownGood = {
    generation: 'g1',
    version: '1.1.0+2.8.4',
    commit: COMMIT,
    run: `${recipe}-${runs - 1}`,
    promotedTime: TIME,
    snapshot: { digest: 'd', bytes: 734_003_200, volumes: [] },
  };
  const history: CanonicalStatus['history'] = [
    { version: knownGood.version, commit: COMMIT, run: knownGood.run, result: 'Promoted', time: TIME },
  ];
  objects.canonical(
    recipe,
    runs === 0 ? { nextAction: { what: 'test the newest release', reason: 'Seeding' } } : { knownGood, history },
  );
  for (let index = 0; index < runs; index += 1) {
    const reason = index % 7 === 4 ? 'Failed' : index % 11 === 8 ? 'InfraError' : 'Passed';
    const isLast = recipe === 'hedgedoc' && index === runs - 1;
    objects.run(`${recipe}-${index}`, recipe, isLast ? 'Failed' : reason, {
      completionTime: at(10 * index + 3),
      startTime: at(10 * index),
      commit: COMMIT,
      ...(reason === 'Passed' && !isLast ? { level: 1 + (index % 5) } : {}),
    });
  }
}

function failedRun(): RunStatus {
  const stage = (
    name: StageResult['name'],
    result: StageResult['result'],
    more: Partial<StageResult> = {},
  ): StageResult => ({
    name,
    result,
    startTime: at(900),
    endTime: at(901),
    ...more,
  });
  const tests = ['home', 'sign-in', 'a note survives the upgrade', 'attachments'].map((name, index) => ({
    name,
    result: index === 2 ? ('Failed' as const) : ('Passed' as const),
    durationSeconds: 0.4 * index,
    ...(index === 2 ? { message: 'expected 1 note, found 0' } : {}),
  }));
  return {
    observedGeneration: 1,
    conditions: [
      {
        type: 'Succeeded',
        status: 'False',
        reason: 'Failed',
        message: 'Custom: one of 4 tests failed: a note survives the upgrade.',
        lastTransitionTime: TIME,
        observedGeneration: 1,
      },
    ],
    verdict: 'Failed',
    mode: 'Cold',
    level: 3,
    blame: 'Recipe',
    commit: COMMIT,
    version: { base: '1.1.0+2.8.4', head: '1.2.0+3.4.5' },
    startTime: at(900),
    completionTime: at(912),
    deploys: { count: 1, expected: 1 },
    dependencies: [{ as: 'sso', mode: 'Warm', realm: 'notes-0a1b2c' }],
    promotion: { result: 'Skipped', reason: 'PullRequest' },
    artifacts: 'runs/notes-pr12-uidnotes',
    stages: [
      stage('Prepare', 'Passed'),
      stage('Lint', 'Passed'),
      stage('Install', 'Passed', {
        evidence: 'Canary(postgres:db)',
        usage: {
          samples: 9,
          services: [
            { service: 'app', peakMemoryBytes: 183_500_800 },
            { service: 'db', peakMemoryBytes: 61_865_984 },
          ],
        },
      }),
      stage('Upgrade', 'Passed', { evidence: 'Canary(postgres:db)' }),
      stage('Backup', 'Unverified', { reason: 'NoVerifyHook', message: 'no hook says whether the data is there' }),
      stage('Restore', 'Skipped', { reason: 'NothingToTest' }),
      stage('Custom', 'Failed', {
        reason: 'TestsFailed',
        message: 'one of 4 tests failed',
        exitCode: 1,
        service: 'app',
        logTail: [
          'GET /notes 200 in 3 ms',
          '<script>alert("of a hostile app")</script>',
          `a line ${'without an end '.repeat(30)}`,
        ],
        tests,
      }),
      stage('Teardown', 'Passed'),
      stage('Promote', 'Skipped', { reason: 'PullRequest' }),
    ],
  };
}

function services(objects: SiteObjects): void {
  const condition = (type: 'Ready' | 'Healthy', status: 'True' | 'False', reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastTransitionTime: TIME,
    observedGeneration: 1,
  });
  objects.service('keycloak', {
    version: { current: '10.7.1+26.6.2', held: '11.0.0+27.0.1' },
    conditions: [condition('Healthy', 'True', 'Healthy', ''), condition('Ready', 'True', 'Held', '')],
  });
  objects.service('wiki', {
    version: { current: '2.1.0+1.35.4' },
    conditions: [
      condition('Healthy', 'False', 'Unhealthy', 'GET / answers 502'),
      condition('Ready', 'False', 'RollbackFailed', 'the app is not healthy on 2.1.0+1.35.4 either; its data is kept'),
    ],
    operation: { id: 'o', type: 'RollBack', step: 'Health', startTime: TIME },
  });
}
