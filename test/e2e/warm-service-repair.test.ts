import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { WarmServiceStatus } from '../../lib/api/index.ts';
import { systemClock } from '../../lib/clock.ts';
import { endProcesses } from '../../lib/exec/processes.ts';
import type { SupervisorRecord } from '../../lib/platform/process/supervisor/supervisor-record.ts';
import { driftsOf } from '../builders/warm-events.ts';
import { boxFiles } from './box-recipe.ts';
import { Bench, CGROUPS, conditionOf } from './harness.ts';
import { RecipeRepository } from './recipes.ts';

const VERSION = '1.0.0+1.0.0';
/** One service for each story: the repair of another one does not lengthen its back-off. */
const NAMES = ['ended', 'killed', 'rebooted'] as const;
type Name = (typeof NAMES)[number];

describe('a warm service of which all is down by no failure of its own', function () {
  this.timeout(240_000);
  let bench: Bench;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', resync: '500ms' });
    const { [`release/${VERSION}`]: _note, ...files } = boxFiles(VERSION);
    new RecipeRepository(join(bench.root, 'recipes', 'box')).release(VERSION, files);
    await bench.start();
    for (const name of NAMES) bench.apply('WarmService', name, { app: { recipe: 'box', healthPasses: 1 } });
    for (const name of NAMES) {
      await bench.waitCondition({ kind: 'WarmService', name }, 'Ready', 'True');
      await box(name, 'PUT');
    }
  });
  after(() => bench.dispose());

  const status = async (name: Name): Promise<WarmServiceStatus> =>
    ((await bench.object('WarmService', name))?.status ?? {}) as unknown as WarmServiceStatus;
  const box = async (name: Name, method = 'GET'): Promise<string> =>
    await (await fetch(`${(await status(name)).url}/`, { method })).text();

  async function supervisor(name: Name): Promise<number> {
    const path = join(bench.state, 'apps', (await status(name)).domain ?? '', 'services/app/supervisor.json');
    return (JSON.parse(readFileSync(path, 'utf8')) as SupervisorRecord).supervisor?.pid ?? 0;
  }

  const drifts = (name: Name): Promise<string[]> => driftsOf(bench.state, name);

  /** Waits until it is healthy under another supervisor than `before`, and stays. */
  async function isRepairedOnce(name: Name, before: number): Promise<void> {
    const isBack = async (): Promise<boolean> => {
      if ((await supervisor(name)) === before) return false;
      // Read after it: one from before the repair would say that all is well.
      const now = await status(name);
      return conditionOf(now, 'Ready')?.status === 'True' && now.operation === undefined;
    };
    await bench.waitFor(`${name} to be repaired`, isBack);
    expect(await drifts(name)).to.deep.equal([`the supervisor of service app is gone: ${VERSION} is deployed again`]);
    expect(await box(name)).to.equal('box:kept');
    const { history = [] } = await status(name);
    expect(history.map(({ result }) => result)).to.deep.equal(['Committed']);
  }

  for (const [name, signal] of [
    ['ended', 'SIGTERM'],
    ['killed', 'SIGKILL'],
  ] as const)
    it(`its supervisor was ${name}: is deployed again once, with its data, and the event says why`, async () => {
      const before = await supervisor(name);
      process.kill(before, signal);
      await isRepairedOnce(name, before);
    });

  it('the host was started anew: is deployed again once, with its data, and the event says why', async () => {
    const before = await supervisor('rebooted');
    await bench.kill9();
    const prefix = `${await bench.instanceId()}/`;
    await endProcesses({ prefix, cgroups: CGROUPS, graceMs: 0, clock: systemClock });
    await bench.start();
    await isRepairedOnce('rebooted', before);
    const repaired = await supervisor('rebooted');
    // Those of the others waited for their back-off: meanwhile it was looked at again and again.
    await bench.waitFor('the others', async () => (await box('killed').catch(() => '')) === 'box:kept');
    expect(await supervisor('rebooted')).to.equal(repaired);
    expect(await drifts('rebooted')).to.have.length(1);
  });
});
