/**
 * Mocha loads this before every test file: a timer, handle, watcher or child that a file leaves running fails that file,
 * by name, as soon as its last test is over. Mocha may then end the process, since nothing hides behind that.
 */
import { systemClock } from '../../lib/clock.ts';
import { procText, readProcessTable } from '../../lib/exec/process-table.ts';

/** What was closed last may still be going, milliseconds. */
const SETTLE_MS = 2_000;
const POLL_MS = 10;
/** The hook must tell what is left before mocha tells that the hook is late. */
const HOOK_MS = 4 * SETTLE_MS;

/** How many there are of each thing that keeps a process alive, and the children by pid. */
interface Running {
  resources: Map<string, number>;
  children: Map<number, string>;
}

/** From a turn of its own: a timer whose callback runs still counts. */
async function lookAround(): Promise<Running> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  const resources = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) resources.set(type, (resources.get(type) ?? 0) + 1);
  const mine = (await readProcessTable()).filter(({ parent }) => parent === process.pid);
  return { resources, children: new Map(mine.map(({ pid }) => [pid, (procText(pid, 'comm') ?? 'ended').trim()])) };
}

/** One line for each kind of thing of which there is more than before. */
function more(now: Running, before: Running): string[] {
  const resources = [...now.resources].filter(([type, count]) => count > (before.resources.get(type) ?? 0));
  const children = [...now.children].filter(([pid]) => !before.children.has(pid));
  return [...resources.map(([type]) => type), ...children.map(([pid, comm]) => `process ${pid} (${comm})`)];
}

async function settled(before: Running): Promise<Running> {
  const started = systemClock.monotonicMs();
  for (;;) {
    const now = await lookAround();
    if (more(now, before).length === 0 || systemClock.monotonicMs() - started > SETTLE_MS) return now;
    await systemClock.sleep(POLL_MS);
  }
}

/** The last suite of each file, in which its last hook can be set. */
function lastSuites(root: Mocha.Suite): Mocha.Suite[] {
  return [...new Map(root.suites.map((suite) => [suite.file, suite])).values()];
}

/** What mocha calls around all files of a process: all there are, or one where files run in parallel. */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    const root = this.test?.parent;
    if (root === undefined) throw new Error('mocha names no root suite');
    let before = await lookAround();
    for (const suite of lastSuites(root)) {
      suite.afterAll('leaves nothing running', async function () {
        this.timeout(HOOK_MS);
        const now = await settled(before);
        const left = more(now, before);
        const children = [...now.children.keys()].filter((pid) => !before.children.has(pid));
        before = now;
        // Children that live on would keep the streams of this process open.
        for (const pid of children) process.kill(pid, 'SIGKILL');
        if (left.length > 0) throw new Error(`${suite.file} left running: ${left.join(', ')}`);
      });
    }
  },
};
