/**
 * The whole main job in a minute and a half, on a scratch directory, against the real controller: enrolment, seeding and
 * promotion, a good and a broken change, a controller killed in mid-run, recipes without a profile, and the way out. Ends with 1 if anything
 * differs from what it claims. `--keep` leaves all of it running for a look.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../lib/clock.ts';
import { Cgroups } from '../lib/exec/cgroups.ts';
import { commandRunner } from '../lib/exec/command.ts';
import { endProcesses, listTokenProcesses } from '../lib/exec/processes.ts';
import { buildDemoRecipes, demoSpec } from './build-demo-recipes.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const HAS_POSTGRESQL = globSync('/usr/lib/postgresql/*/bin/initdb').length > 0;
const KEEP = process.argv.includes('--keep');
const scratch = mkdtempSync(join(tmpdir(), 'cc-ci-demo-'));
const config = join(scratch, 'cc-ci.yaml');
const env = {
  ...process.env,
  CC_CI_CONFIG: config,
  PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
};
const claims: string[] = [];
let controller: ChildProcess | undefined;

interface Status {
  conditions?: { type: string; status: string; reason: string }[];
  [field: string]: unknown;
}

function say(text: string): void {
  process.stdout.write(`\n\u2022 ${text}\n`);
}

/** States what has to be true; the demo ends at the first that is not. */
function claim(text: string, holds: boolean): void {
  if (!holds) throw new Error(`this should hold, and does not: ${text}`);
  claims.push(text);
  process.stdout.write(`  ok: ${text}\n`);
}

interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

async function ccctl(...args: string[]): Promise<Said> {
  const result = await commandRunner.run({
    argv: [join(ROOT, 'bin/ccctl'), ...args],
    cwd: scratch,
    env: env as Record<string, string>,
    timeoutMs: 120_000,
  });
  return { code: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

async function show(...args: string[]): Promise<void> {
  process.stdout.write(`  $ ccctl ${args.join(' ')}\n`);
  const { stdout } = await ccctl(...args);
  process.stdout.write(stdout.replace(/^(?=.)/gm, '    '));
}

async function statusOf(target: string): Promise<Status> {
  const { code, stdout } = await ccctl('get', target, '-o', 'json');
  return code === 0 ? ((JSON.parse(stdout) as { status?: Status }).status ?? {}) : {};
}

function startController(): ChildProcess {
  const log = openSync(join(scratch, 'controller.log'), 'a');
  return spawn(join(ROOT, 'bin/cc-controller'), [], { cwd: scratch, env, stdio: ['ignore', log, log], detached: KEEP });
}

/** Waits for the record of this controller: that of one that was killed outlives it. */
async function untilStarted(): Promise<void> {
  const file = join(scratch, 'state', 'controller.json');
  const isThere = (): boolean =>
    existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid === controller?.pid;
  await until('the controller to start', async () => isThere(), 20_000);
}

async function until(what: string, holds: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
  for (const started = Date.now(); Date.now() - started < limitMs; ) {
    if (await holds()) return;
    await systemClock.sleep(150);
  }
  throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) =>
    child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('exit', () => resolve()),
  );

function condition(status: Status, type: string): string {
  return status.conditions?.find((one) => one.type === type)?.status ?? 'absent';
}

async function prepare(): Promise<void> {
  say(`building the demo recipes in ${scratch}`);
  const recipes = { directory: join(scratch, 'recipes'), runner: commandRunner, path: env.PATH };
  await buildDemoRecipes(recipes);
  await buildDemoRecipes({ ...recipes, source: join(ROOT, 'specs/demo/database-recipes') });
  // The database gives up root, and still has to reach its volume.
  chmodSync(scratch, 0o711);
  await mkdir(join(scratch, 'specs'));
  writeFileSync(
    config,
    `specDirectory: specs\nstateDirectory: state\nplatform: Process\nrecipeSource: ${JSON.stringify(join(scratch, 'recipes', '{recipe}'))}\n`,
  );
}

async function enrol(): Promise<void> {
  say('enrolling "notes" by one file; it seeds and promotes by itself');
  writeFileSync(join(scratch, 'specs', 'notes.yaml'), await demoSpec('notes', join(scratch, 'recipes')));
  await until(
    'canonical/notes to be Ready',
    async () => condition(await statusOf('canonical/notes'), 'Ready') === 'True',
  );
  const known = (await statusOf('canonical/notes')).knownGood as { version?: string } | undefined;
  claim('the newest release, 2.0.0+2.0.0, is known good', known?.version === '2.0.0+2.0.0');
  await show('get', 'all');
}

async function testChanges(): Promise<void> {
  say('testing a good change: the release before');
  const good = await ccctl(
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
  claim('the good change passes (exit code 0)', good.code === 0);
  const passed = await statusOf('run/good-change');
  claim('it reaches level 5 with one deploy', passed.level === 5 && (passed.deploys as { count: number }).count === 1);
  claim('an older release is not promoted', (passed.promotion as { reason?: string }).reason === 'OlderThanKnownGood');
  say('testing a broken change: it loses data on upgrade');
  const broken = await ccctl(
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
  claim('the broken change fails (exit code 1)', broken.code === 1);
  const failed = await statusOf('run/broken-change');
  const upgrade = (failed.stages as { name: string; result: string; reason?: string }[]).find(
    (stage) => stage.name === 'Upgrade',
  );
  claim(
    'the Upgrade stage says DataLost, the recipe is to blame',
    upgrade?.reason === 'DataLost' && failed.blame === 'Recipe',
  );
  await show('describe', 'run/broken-change');
}

async function killInTheMiddle(): Promise<void> {
  say('killing the controller with SIGKILL in the middle of a run');
  await ccctl('run', 'notes', '--ref', 'main', '--name', 'survivor');
  await until(
    'the run to install',
    async () =>
      ((await statusOf('run/survivor')).stages as { name: string; result: string }[] | undefined)?.some(
        (stage) => stage.name === 'Install' && stage.result === 'Running',
      ) === true,
  );
  controller?.kill('SIGKILL');
  if (controller) await ended(controller);
  const away = await ccctl('get', 'run/survivor', '--no-headers');
  claim('ccctl still answers while the controller is away', away.code === 0);
  controller = startController();
  await untilStarted();
  const waited = await ccctl('wait', 'run/survivor', '--for=condition=Succeeded', '--timeout', '60s');
  if (waited.code !== 0) process.stderr.write(waited.stderr);
  claim('started again, it tears the attempt down and tests once more: the run passes', waited.code === 0);
  const attempts = (await statusOf('run/survivor')).attempts as { reason?: string }[];
  claim(
    'the status says so: two attempts, the first ended by Crash',
    attempts.length === 2 && attempts[0]?.reason === 'Crash',
  );
  await show('get', 'runs');
}

interface Stage {
  name: string;
  result: string;
  reason?: string;
  evidence?: string;
}

async function stageOf(run: string, name: string): Promise<Stage | undefined> {
  return ((await statusOf(`run/${run}`)).stages as Stage[] | undefined)?.find((stage) => stage.name === name);
}

/** Recipes of which nothing is known but what they are. */
async function testWithoutProfile(): Promise<void> {
  say('testing "hello", of which nobody has said anything');
  const hello = await ccctl('run', 'hello', '--name', 'unknown', '--wait', '--timeout', '60s');
  claim('it passes (exit code 0), at level 5', hello.code === 0 && (await statusOf('run/unknown')).level === 5);
  if (!HAS_POSTGRESQL)
    return say('left out: a recipe with a database; this machine has no PostgreSQL (Debian: postgresql)');
  say('testing "ledger" with a real PostgreSQL, and no profile either');
  const ledger = await ccctl('run', 'ledger', '--name', 'database', '--wait', '--timeout', '120s');
  if (ledger.code !== 0) await show('describe', 'run/database');
  claim('it passes (exit code 0), at level 5', ledger.code === 0 && (await statusOf('run/database')).level === 5);
  const restored = await stageOf('database', 'Restore');
  claim('what proved it is a token in the database itself', restored?.evidence === 'Canary(postgres:db)');
  say('testing a change of it: the backup saves the wrong database');
  const broken = await ccctl(
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
  claim('it fails (exit code 1)', broken.code === 1);
  claim('the Restore stage says DataLost', (await stageOf('no-backup', 'Restore'))?.reason === 'DataLost');
  await show('describe', 'run/no-backup');
}

function instanceId(): string {
  return (JSON.parse(readFileSync(join(scratch, 'state', 'instance.json'), 'utf8')) as { instanceId: string })
    .instanceId;
}

async function stopAll(controller: ChildProcess): Promise<void> {
  say('stopping; nothing stays behind');
  const id = instanceId();
  controller.kill('SIGTERM');
  await ended(controller);
  claim('no process of this instance is left', (await listTokenProcesses(`${id}/`)).length === 0);
  const left = (
    await commandRunner.run({
      argv: ['ls', join(scratch, 'state', 'apps')],
      cwd: scratch,
      env: env as Record<string, string>,
    })
  ).stdout.trim();
  claim('of the apps only the known-good data is there', left === 'warm-canon-notes.ci.localhost');
}

async function cleanUp(controller: ChildProcess | undefined): Promise<void> {
  if (controller && controller.exitCode === null && controller.signalCode === null) {
    controller.kill('SIGKILL');
    await ended(controller);
  }
  if (existsSync(join(scratch, 'state', 'instance.json'))) {
    const { cgroups } = Cgroups.find();
    await endProcesses({ prefix: `${instanceId()}/`, cgroups, graceMs: 2_000, clock: systemClock });
  }
  rmSync(scratch, { recursive: true, force: true });
}

function keepRunning(controller: ChildProcess): void {
  controller.unref();
  say('kept for a look; the controller goes on:');
  process.stdout.write(`    CC_CI_CONFIG=${config} ${join(ROOT, 'bin/ccctl')} get all\n`);
  process.stdout.write(`  To end it: kill ${controller.pid}; rm -r ${scratch}\n`);
}

try {
  const started = Date.now();
  await prepare();
  controller = startController();
  await untilStarted();
  await enrol();
  await testChanges();
  await killInTheMiddle();
  await testWithoutProfile();
  if (KEEP) keepRunning(controller);
  else await stopAll(controller);
  process.stdout.write(`\n${claims.length} claims held, in ${Math.round((Date.now() - started) / 1000)} s\n`);
} catch (error) {
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n`);
  if (existsSync(join(scratch, 'controller.log')))
    process.stderr.write(readFileSync(join(scratch, 'controller.log'), 'utf8').split('\n').slice(-30).join('\n'));
  process.exitCode = 1;
} finally {
  if (!KEEP || process.exitCode === 1) await cleanUp(controller);
}
