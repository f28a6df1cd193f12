/**
 * The whole main job in a minute and a half, on a scratch directory, against the real controller: enrolment, seeding and
 * promotion, a good and a broken change, the same quickly with the digests of the known-good, a controller killed in mid-run, recipes without a profile, a service that is kept
 * live, and the way out. Ends with 1 if anything differs from what it claims. `--keep` leaves all of it running for a look.
 */
import { chmodSync, globSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandRunner } from '../lib/exec/command.ts';
import { listTokenProcesses } from '../lib/exec/processes.ts';
import { buildDemoRecipes, demoSpec } from './build-demo-recipes.ts';
import { processVolume, testQuickly } from './demo/quick-runs.ts';
import { condition, DemoStage, ROOT, say } from './demo/stage.ts';
import { keepWarm, removeWarm } from './demo/warm-service.ts';

const HAS_POSTGRESQL = globSync('/usr/lib/postgresql/*/bin/initdb').length > 0;
const KEEP = process.argv.includes('--keep');

async function prepare(stage: DemoStage): Promise<void> {
  say(`building the demo recipes in ${stage.scratch}`);
  const recipes = { directory: stage.path('recipes'), runner: commandRunner, path: stage.env.PATH ?? '' };
  await buildDemoRecipes(recipes);
  await buildDemoRecipes({ ...recipes, source: join(ROOT, 'specs/demo/database-recipes') });
  // The database gives up root, and still has to reach its volume.
  chmodSync(stage.scratch, 0o711);
  await stage.configure();
}

async function enrol(stage: DemoStage): Promise<void> {
  say('enrolling "notes" by one file; it seeds and promotes by itself');
  writeFileSync(stage.path('specs', 'notes.yaml'), await demoSpec('notes', stage.path('recipes')));
  await stage.until(
    'canonical/notes to be Ready',
    async () => condition(await stage.statusOf('canonical/notes'), 'Ready') === 'True',
  );
  const known = (await stage.statusOf('canonical/notes')).knownGood as { version?: string } | undefined;
  stage.claim('the newest release, 2.0.0+2.0.0, is known good', known?.version === '2.0.0+2.0.0');
  await stage.show('get', 'all');
}

async function testChanges(stage: DemoStage): Promise<void> {
  say('testing a good change: the release before');
  const good = await stage.ccctl(
    'run',
    'notes',
    '--ref',
    '1.1.0+1.1.0',
    '--name',
    'good-change',
    '--wait',
    '--timeout',
    '60s',
  );
  stage.claim('the good change passes (exit code 0)', good.code === 0);
  const passed = await stage.statusOf('run/good-change');
  stage.claim(
    'it reaches level 5 with one deploy',
    passed.level === 5 && (passed.deploys as { count: number }).count === 1,
  );
  stage.claim(
    'an older release is not promoted',
    (passed.promotion as { reason?: string }).reason === 'OlderThanKnownGood',
  );
  say('testing a broken change: it loses data on upgrade');
  const broken = await stage.ccctl(
    'run',
    'notes',
    '--ref',
    'broken/loses-data',
    '--name',
    'broken-change',
    '--wait',
    '--timeout',
    '60s',
  );
  stage.claim('the broken change fails (exit code 1)', broken.code === 1);
  const failed = await stage.statusOf('run/broken-change');
  const upgrade = (failed.stages as { name: string; result: string; reason?: string }[]).find(
    (one) => one.name === 'Upgrade',
  );
  stage.claim(
    'the Upgrade stage says DataLost, the recipe is to blame',
    upgrade?.reason === 'DataLost' && failed.blame === 'Recipe',
  );
  await stage.show('describe', 'run/broken-change');
}

async function killInTheMiddle(stage: DemoStage): Promise<void> {
  say('killing the controller with SIGKILL in the middle of a run');
  await stage.ccctl('run', 'notes', '--ref', 'main', '--name', 'survivor');
  await stage.until(
    'the run to install',
    async () =>
      ((await stage.statusOf('run/survivor')).stages as { name: string; result: string }[] | undefined)?.some(
        (one) => one.name === 'Install' && one.result === 'Running',
      ) === true,
  );
  await stage.end('SIGKILL');
  const away = await stage.ccctl('get', 'run/survivor', '--no-headers');
  stage.claim('ccctl still answers while the controller is away', away.code === 0);
  await stage.start();
  const waited = await stage.ccctl('wait', 'run/survivor', '--for=condition=Succeeded', '--timeout', '60s');
  if (waited.code !== 0) process.stderr.write(waited.stderr);
  stage.claim('started again, it tears the attempt down and tests once more: the run passes', waited.code === 0);
  const attempts = (await stage.statusOf('run/survivor')).attempts as { reason?: string }[];
  stage.claim(
    'the status says so: two attempts, the first ended by Crash',
    attempts.length === 2 && attempts[0]?.reason === 'Crash',
  );
  await stage.show('get', 'runs');
}

interface Stage {
  name: string;
  result: string;
  reason?: string;
  evidence?: string;
}

async function stageOf(stage: DemoStage, run: string, name: string): Promise<Stage | undefined> {
  return ((await stage.statusOf(`run/${run}`)).stages as Stage[] | undefined)?.find((one) => one.name === name);
}

/** Recipes of which nothing is known but what they are. */
async function testWithoutProfile(stage: DemoStage): Promise<void> {
  say('testing "hello", of which nobody has said anything');
  const hello = await stage.ccctl('run', 'hello', '--name', 'unknown', '--wait', '--timeout', '60s');
  stage.claim(
    'it passes (exit code 0), at level 5',
    hello.code === 0 && (await stage.statusOf('run/unknown')).level === 5,
  );
  if (!HAS_POSTGRESQL)
    return say('left out: a recipe with a database; this machine has no PostgreSQL (Debian: postgresql)');
  say('testing "ledger" with a real PostgreSQL, and no profile either');
  const ledger = await stage.ccctl('run', 'ledger', '--name', 'database', '--wait', '--timeout', '120s');
  if (ledger.code !== 0) await stage.show('describe', 'run/database');
  stage.claim(
    'it passes (exit code 0), at level 5',
    ledger.code === 0 && (await stage.statusOf('run/database')).level === 5,
  );
  const restored = await stageOf(stage, 'database', 'Restore');
  stage.claim('what proved it is a token in the database itself', restored?.evidence === 'Canary(postgres:db)');
  say('testing a change of it: the backup saves the wrong database');
  const broken = await stage.ccctl(
    'run',
    'ledger',
    '--ref',
    'broken/saves-nothing',
    '--name',
    'no-backup',
    '--wait',
    '--timeout',
    '120s',
  );
  stage.claim('it fails (exit code 1)', broken.code === 1);
  stage.claim('the Restore stage says DataLost', (await stageOf(stage, 'no-backup', 'Restore'))?.reason === 'DataLost');
  await stage.show('describe', 'run/no-backup');
}

async function stopAll(stage: DemoStage): Promise<void> {
  say('stopping; nothing stays behind');
  await removeWarm(stage);
  const id = stage.instanceId();
  await stage.end('SIGTERM');
  stage.claim('no process of this instance is left', (await listTokenProcesses(`${id}/`)).length === 0);
  const left = readdirSync(stage.path('state', 'apps')).join();
  stage.claim('of the apps only the known-good data is there', left === 'warm-canon-notes.ci.localhost');
}

function keepRunning({ controller, env, scratch }: DemoStage): void {
  controller?.unref();
  say('kept for a look; the controller goes on:');
  process.stdout.write(`    CC_CI_CONFIG=${env.CC_CI_CONFIG} ${join(ROOT, 'bin/ccctl')} get all\n`);
  process.stdout.write(`  To end it: kill ${controller?.pid}; rm -r ${scratch}\n`);
}

const stage = new DemoStage(mkdtempSync(join(tmpdir(), 'cc-ci-demo-')), { detached: KEEP });
try {
  const started = Date.now();
  await prepare(stage);
  await stage.start();
  await enrol(stage);
  await testChanges(stage);
  await testQuickly(stage, processVolume);
  await killInTheMiddle(stage);
  await testWithoutProfile(stage);
  await keepWarm(stage);
  if (KEEP) keepRunning(stage);
  else await stopAll(stage);
  process.stdout.write(`\n${stage.claims.length} claims held, in ${Math.round((Date.now() - started) / 1000)} s\n`);
} catch (error) {
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n${stage.lastWords()}`);
  process.exitCode = 1;
} finally {
  if (!KEEP || process.exitCode === 1) await stage.cleanUp();
}
