/**
 * Single sign-on for runs, with a real Keycloak as a warm service and an app that signs in: two runs at once in realms of
 * their own, a controller killed in mid-run, the provider gone, and the way out. Takes Java, and the first time Maven
 * Central. Ends with 1 if anything differs from what it claims.
 */
import { appendFileSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { commandRunner } from '../lib/exec/command.ts';
import { listTokenProcesses } from '../lib/exec/processes.ts';
import { keycloakHome, whyNoKeycloak } from '../test/keycloak/distribution.ts';
import { buildSsoRecipes, writePortalSpec } from './build-sso-recipes.ts';
import { endApps, realmsOf, SERVICE, untilReady, writeKeycloakSpec } from './demo/keycloak.ts';
import { isGreen, RUN_MS, type RunStatus, test, untilShown, verdictOf } from './demo/sso-runs.ts';
import { DemoStage, say } from './demo/stage.ts';

/** The newest release of the recipe. */
const VERSION = '26.7.3';

async function prepare(stage: DemoStage): Promise<void> {
  say(`building the recipes in ${stage.scratch}`);
  await buildSsoRecipes({
    directory: stage.path('recipes'),
    runner: commandRunner,
    path: stage.env.PATH ?? '',
  });
  await stage.configure();
  appendFileSync(stage.path('cc-ci.yaml'), 'maxRuns: 2\n');
}

async function keepProvider(stage: DemoStage): Promise<void> {
  say(`fetching Keycloak ${VERSION}, where it is not there yet`);
  await keycloakHome(VERSION);
  say('keeping "keycloak" live by one file');
  const started = Date.now();
  await writeKeycloakSpec(stage, dirname(await keycloakHome(VERSION)));
  await untilReady(stage);
  const seconds = Math.round((Date.now() - started) / 1000);
  stage.claim(`it answers for sign-on (after ${seconds} s), with the realm master alone`, await hasMasterAlone(stage));
  await stage.show('get', 'ws');
}

async function hasMasterAlone(stage: DemoStage): Promise<boolean> {
  return (await realmsOf(stage)).join() === 'master';
}

/** Both realms are there at one time: the runs use the provider beside each other. */
async function testBesideEachOther(stage: DemoStage): Promise<void> {
  say('testing two versions of "portal" at once: each run gets a realm of its own');
  await writePortalSpec(stage.path('specs'), stage.path('recipes'));
  await untilShown(stage, 'canonical/portal', ({ type, status }) => type === 'Accepted' && status === 'True');
  let isOver = false;
  const both = Promise.all([test(stage, 'one', '1.0.0+1.0.0'), test(stage, 'other', '1.1.0+1.1.0')]);
  const [[one, other], seen] = await Promise.all([
    both.finally(() => {
      isOver = true;
    }),
    sawTwoRealms(stage, () => isOver),
  ]);
  stage.claim('both runs pass, at level 5', [one, other].every(isGreen));
  const realms = [one, other].map(({ dependencies }) => dependencies?.[0]?.realm);
  stage.claim(`in realms of their own, at the same time: ${realms.join(', ')}`, seen && realms[0] !== realms[1]);
  stage.claim(
    'of the warm service',
    [one, other].every(({ dependencies }) => dependencies?.[0]?.mode === 'Warm'),
  );
  claimTests(stage, other);
  stage.claim('afterwards it has the realm master alone', await hasMasterAlone(stage));
  await stage.show('get', 'runs');
}

/** Looks for them until the runs are over. */
async function sawTwoRealms(stage: DemoStage, isOver: () => boolean): Promise<boolean> {
  let seen = false;
  const isSettled = async (): Promise<boolean> => {
    seen = (await realmsOf(stage)).length === 3;
    return seen || isOver();
  };
  await stage.until('two realms of runs', isSettled, RUN_MS);
  await stage.show('describe', SERVICE);
  return seen;
}

function claimTests(stage: DemoStage, { stages }: RunStatus): void {
  const tests = stages?.find(({ name }) => name === 'Custom')?.tests ?? [];
  const result = (wanted: string) => tests.find(({ name }) => name === wanted);
  stage.claim('its user signs in by the password grant', result('password-grant')?.result === 'Passed');
  const browser = result('browser');
  if (browser?.result === 'Skipped') say(`left out: the test in a browser; ${browser.message ?? ''}`);
  else stage.claim('and with a real browser, by the code flow with PKCE', browser?.result === 'Passed');
}

async function killInTheMiddle(stage: DemoStage): Promise<void> {
  say('killing the controller with SIGKILL while a run has a realm');
  await stage.ccctl('run', 'portal', '--ref', '1.1.0+1.1.0', '--name', 'survivor');
  const hasRealm = async (): Promise<boolean> => (await realmsOf(stage)).length === 2;
  await stage.until('the realm of the run', hasRealm);
  const [orphan = ''] = (await realmsOf(stage)).filter((realm) => realm !== 'master');
  await stage.end('SIGKILL');
  stage.claim(`the realm ${orphan} outlives it`, (await realmsOf(stage)).includes(orphan));
  await stage.start();
  const status = await verdictOf(stage, 'survivor');
  stage.claim('started again, it tests once more in another realm: the run passes', isGreen(status));
  stage.claim('two attempts, the first ended by Crash', status.attempts?.[0]?.reason === 'Crash');
  stage.claim('neither realm is left', (await hasMasterAlone(stage)) && status.dependencies?.[0]?.realm !== orphan);
}

async function stopProvider(stage: DemoStage): Promise<void> {
  say('ending the Keycloak, and keeping the controller from starting it again');
  await stage.ccctl('suspend', SERVICE);
  await untilShown(stage, SERVICE, ({ reason }) => reason === 'Suspended');
  await endApps(stage);
  const status = await test(stage, 'alone', '1.1.0+1.1.0');
  const [dependency] = status.dependencies ?? [];
  stage.claim('the same run passes all the same', isGreen(status));
  stage.claim(`with a provider of its own: Cold, ${dependency?.reason}`, dependency?.mode === 'Cold');
  stage.claim(`two deploys, as expected`, status.deploys?.count === 2 && status.deploys.expected === 2);
  stage.claim('neither app nor provider of the run is left', appsOf(stage).every(isKept));
  await stage.show('describe', 'run/alone');
  await stage.ccctl('resume', SERVICE);
  await untilReady(stage);
  stage.claim('resumed, the warm service is repaired', await hasMasterAlone(stage));
}

const appsOf = (stage: DemoStage): string[] => readdirSync(stage.path('state', 'apps'));
/** The warm service, and what a green run of a release made known-good. */
const isKept = (domain: string): boolean => domain.startsWith('warm-');

async function stopAll(stage: DemoStage): Promise<void> {
  say('deleting the warm service; nothing stays behind');
  await stage.ccctl('delete', SERVICE, '--wait', '--timeout', '90s');
  stage.claim('neither its app nor its data is left', !appsOf(stage).some((domain) => domain.includes('keycloak')));
  await stage.end('SIGTERM');
  const left = await listTokenProcesses(`${stage.instanceId()}/`);
  stage.claim('no process of this instance is left', left.length === 0);
}

async function play(stage: DemoStage): Promise<void> {
  const started = Date.now();
  await prepare(stage);
  await stage.start();
  await keepProvider(stage);
  await testBesideEachOther(stage);
  await killInTheMiddle(stage);
  await stopProvider(stage);
  await stopAll(stage);
  process.stdout.write(`\n${stage.claims.length} claims held, in ${Math.round((Date.now() - started) / 1000)} s\n`);
}

const why = whyNoKeycloak();
if (why === undefined) {
  const stage = new DemoStage(mkdtempSync(`${tmpdir()}/cc-ci-demo-sso-`), { detached: false });
  try {
    await play(stage);
  } catch (error) {
    process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n${stage.lastWords()}`);
    process.exitCode = 1;
  } finally {
    await stage.cleanUp();
  }
} else {
  process.stderr.write(`demo: no Keycloak can run here; ${why}\n`);
  process.exitCode = 1;
}
