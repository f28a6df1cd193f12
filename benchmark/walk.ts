/**
 * Which files are entered for one spec file, one cold run, one promotion and, with CC_CI_TEST_SOCKET in that engine's network,
 * one stack deploy: as tables by room, for `docs/walks.md`. `npm run bench:walk`.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../lib/clock.ts';
import { readDecisions } from '../lib/store/reader.ts';
import { boxCanonical, boxRepository } from '../test/e2e/box-recipe.ts';
import { demoCanonical } from '../test/e2e/demo-canonical.ts';
import { Bench } from '../test/e2e/harness.ts';
import { stackBench } from '../test/e2e/swarm/stack-bench.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const LIMIT_MS = 180_000;
/** After it nothing of what was asked for is under way. */
const QUIET_MS = 2_000;

async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (const started = systemClock.monotonicMs(); ; await systemClock.sleep(10)) {
    const found = await Promise.resolve(look()).catch(() => undefined);
    if (found) return found;
    if (systemClock.monotonicMs() - started > LIMIT_MS) throw new Error(`${what}: not seen`);
  }
}

/** A controller that says what it entered. */
class Walker {
  readonly #bench: Bench;
  readonly #out: string;
  readonly #child;
  #takes = 0;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#out = join(bench.root, 'walk');
    const argv = ['--disable-warning=ExperimentalWarning', '--import', here('walk-recorder.ts')];
    const main = [here('../controllers/main.ts'), '--config', bench.config];
    const env = { ...process.env, WALK_OUT: this.#out, HOME: join(bench.root, 'home') };
    this.#child = spawn(process.execPath, [...argv, ...main], { cwd: bench.root, env, stdio: 'ignore' });
  }

  /** The files that were entered since the last call. */
  async take(): Promise<string[]> {
    this.#child.kill('SIGUSR2');
    const path = `${this.#out}.${this.#takes++}`;
    await until(path, () => existsSync(path));
    return JSON.parse(readFileSync(path, 'utf8')) as string[];
  }

  /** Once the run has decided on an act of that form. */
  async decided(run: string, form: Readonly<Record<string, unknown>>): Promise<void> {
    const matches = (action: object): boolean =>
      Object.entries(form).every(([key, value]) => (action as Record<string, unknown>)[key] === value);
    await until(JSON.stringify(form), async () => {
      const decisions = await readDecisions(
        { stateDirectory: this.#bench.state, limit: 200 },
        { kind: 'Run', name: run },
      );
      return decisions.some(({ action }) => matches(action as object));
    });
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
    await this.#bench.dispose();
  }
}

async function opened(bench: Bench): Promise<Walker> {
  const walker = new Walker(bench);
  try {
    await until('the controller', () => existsSync(join(bench.state, 'controller.json')));
    await systemClock.sleep(QUIET_MS);
    await walker.take();
    return walker;
  } catch (error) {
    await walker.close();
    throw error;
  }
}

async function runsAsProcesses(): Promise<void> {
  const bench = new Bench({ recipeSource: 'recipes/{recipe}' });
  boxRepository(join(bench.root, 'recipes', 'box'), ['1.0.0+1.0.0', '1.1.0+1.1.0']);
  const walker = await opened(bench);
  try {
    bench.apply('Canonical', 'box', boxCanonical('box', { seed: 'Manual' }));
    await bench.waitCondition({ kind: 'Canonical', name: 'box' }, 'Accepted', 'True');
    await systemClock.sleep(QUIET_MS);
    show('One spec file', await walker.take());
    bench.apply('Run', 'one', { recipe: 'box', ref: '1.1.0+1.1.0' });
    await walker.decided('one', { type: 'Promote' });
    show('One cold run', await walker.take());
    await bench.waitOver('one', LIMIT_MS);
    await systemClock.sleep(QUIET_MS);
    show('One promotion', await walker.take());
  } finally {
    await walker.close();
  }
}

/** From the decision to deploy the base until the one to wait for it. */
async function stackDeploy(): Promise<void> {
  const bench = stackBench('Swarm', 'walk');
  const spec = await demoCanonical(bench, 'notes');
  const walker = await opened(bench);
  try {
    bench.apply('Canonical', 'notes', { ...spec, seed: 'Manual' });
    bench.apply('Run', 'one', { recipe: 'notes', ref: '1.1.0+1.1.0' });
    await walker.decided('one', { type: 'RunStep', stage: 'Install', step: 1 });
    await walker.take();
    await walker.decided('one', { type: 'RunStep', stage: 'Install', step: 2 });
    show('One stack deploy', await walker.take());
    await bench.waitOver('one', LIMIT_MS);
  } finally {
    await walker.close();
  }
}

function show(title: string, files: readonly string[]): void {
  const rooms = Object.entries(Object.groupBy(files.toSorted(), (file) => dirname(file)));
  console.log(`\n## ${title}: ${files.length} files\n\n| room | files |\n|---|---|`);
  for (const [room, inside = []] of rooms) {
    console.log(`| \`${room}\` | ${inside.map((file) => basename(file, '.ts')).join(', ')} |`);
  }
}

await runsAsProcesses();
if (process.env.CC_CI_TEST_SOCKET) await stackDeploy();
process.exit();
