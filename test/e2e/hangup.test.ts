import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { RunStatus } from '../../lib/api/generated/types.ts';
import { readJson } from '../../lib/fs/durable.ts';
import { Bench } from './harness.ts';
import { type Files, RecipeRepository } from './recipes.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/cc-controller', import.meta.url));

interface ControllerFile {
  pid: number;
  stopTime?: string;
}

describe('T103 the terminal of the controller is closed', function () {
  this.timeout(240_000);
  let bench: Bench;
  let children: ChildProcess[];

  beforeEach(() => {
    bench = new Bench();
    children = [];
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await bench.dispose();
  });

  /** Starts a program that starts the controller; gives the pid of the controller once it reconciles. */
  async function start(argv: readonly [string, ...string[]], output: 'pipe' | 'ignore' = 'ignore'): Promise<number> {
    const [program, ...args] = argv;
    const env = { PATH: process.env.PATH, HOME: join(bench.root, 'home'), CC_CI_CONFIG: bench.config };
    const child = spawn(program, args, { cwd: bench.root, env, stdio: ['ignore', output, output] });
    children.push(child);
    return (await bench.waitFor('the controller', controller)).pid;
  }

  async function controller(): Promise<ControllerFile | undefined> {
    const file = await readJson<ControllerFile>(join(bench.state, 'controller.json')).catch(() => undefined);
    return file?.stopTime === undefined ? file : undefined;
  }

  const isStopped = async (): Promise<boolean> =>
    (await readJson<ControllerFile>(join(bench.state, 'controller.json')))?.stopTime !== undefined;

  const isGone = (pid: number): boolean => {
    try {
      return /\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
      return true;
    }
  };

  it('SIGHUP stops it gracefully: a run under way is no crash', async () => {
    const repository = new RecipeRepository(join(bench.root, 'recipes', 'slow'));
    repository.release('1.0.0+1.0.0', sleeper());
    await bench.start();
    bench.apply('Run', 'slow', { recipe: 'slow', source: repository.directory });
    await bench.waitFor('an attempt', async () => (await bench.runStatus('slow')).attempts?.length);
    expect(await bench.hangUp()).to.equal(0);
    expect(await isStopped()).to.equal(true);
    await bench.start();
    const over = async (): Promise<RunStatus | undefined> => {
      const status = await bench.runStatus('slow');
      return (status.attempts?.length ?? 0) > 1 ? status : undefined;
    };
    expect((await bench.waitFor('the next attempt', over)).attempts?.[0]?.reason).to.equal('Shutdown');
  });

  it('a terminal that is closed for real stops it gracefully, although nobody reads its log any more', async () => {
    const pid = await start(['script', '-qfc', PROGRAM, '/dev/null']);
    children[0]?.kill('SIGKILL');
    await bench.waitFor('the stop', () => isGone(pid));
    expect(await isStopped()).to.equal(true);
  });

  it('what nohup started goes on', async () => {
    const pid = await start(['nohup', PROGRAM]);
    process.kill(pid, 'SIGHUP');
    bench.apply('Canonical', 'later', { suspend: true, app: { recipe: 'later' } });
    await bench.waitFor('it to go on', () => bench.object('Canonical', 'later'));
    process.kill(pid, 'SIGTERM');
    await bench.waitFor('the stop', () => isGone(pid));
    expect(await isStopped()).to.equal(true);
  });

  it('readers of its output that go away do not end it', async () => {
    const pid = await start([PROGRAM, '--log-level', 'debug'], 'pipe');
    children[0]?.stdout?.destroy();
    children[0]?.stderr?.destroy();
    bench.apply('Canonical', 'later', { suspend: true, app: { recipe: 'later' } });
    await bench.waitFor('it to go on', () => bench.object('Canonical', 'later'));
    process.kill(pid, 'SIGTERM');
    await bench.waitFor('the stop', () => isGone(pid));
    expect(await isStopped()).to.equal(true);
  });
});

/** An app whose health is never seen in the time that the test takes. */
function sleeper(): Files {
  return {
    '.env.sample': '',
    'README.md': '# slow\n',
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/slow:1.0.0
    x-process: { command: [sleep, "600"], port: 3000 }
    deploy: { labels: ["coop-cloud.\${STACK_NAME}.version=1.0.0+1.0.0", "backupbot.backup=false"] }
`,
  };
}
