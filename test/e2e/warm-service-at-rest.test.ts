import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { listOwnProcesses } from '../../lib/exec/own-processes.ts';
import { readIndexText } from '../../lib/store/index-line.ts';
import { boxFiles } from './box-recipe.ts';
import { Bench, CGROUPS, conditionOf } from './harness.ts';
import { RecipeRepository } from './recipes.ts';

const VERSION = '1.0.0+1.0.0';
const RESYNCS = 100;
/** What a controller that is alive writes now and then, whatever there is to do. */
const HEARTBEAT = ['controller.json', 'running-time.json'];

/** The server of the box, which counts how often somebody looked whether it is healthy. */
function counting(): string {
  const { 'server.mjs': server = '' } = boxFiles(VERSION);
  return `let looks = 0;\n${server}`.replace(
    'response.end(',
    "if (request.url === '/') looks += 1;\n  response.end(request.url === '/looks' ? String(looks) : ",
  );
}

/** Longer than from a round of the status page to the next, milliseconds. */
const SITE_PACE_MS = 6_000;

describe('a warm service at rest on processes', function () {
  this.timeout(240_000);
  let bench: Bench;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', resync: '100ms' });
    const { [`release/${VERSION}`]: _note, ...files } = boxFiles(VERSION, { 'server.mjs': counting() });
    new RecipeRepository(join(bench.root, 'recipes', 'box')).release(VERSION, files);
    await bench.start();
    bench.apply('WarmService', 'box', { app: { recipe: 'box', healthPasses: 1 } });
    await bench.waitCondition({ kind: 'WarmService', name: 'box' }, 'Ready', 'True');
  });
  after(() => bench.dispose());

  /** Each file of the state directory and of the specs, with its times and size; directories too. */
  function files(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const root of [bench.state, bench.specs])
      for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
        if (HEARTBEAT.includes(name)) continue;
        const { mtimeMs, ctimeMs, ino, size } = statSync(join(root, name));
        found[join(root, name)] = `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
      }
    return found;
  }

  const differing = (before: Record<string, string>, after: Record<string, string>): string[] =>
    Object.keys({ ...before, ...after })
      .filter((path) => before[path] !== after[path])
      .map((path) => `${path}: ${before[path]} is ${after[path]}`);

  /** Whether the index says that the condition is true. */
  function isTold(type: string): boolean {
    const told = readIndexText(readFileSync(join(bench.state, 'index.jsonl'), 'utf8')).get({
      kind: 'WarmService',
      name: 'box',
    });
    return conditionOf(told?.status ?? {}, type)?.status === 'True';
  }

  const processes = async (): Promise<string[]> =>
    (await listOwnProcesses({ prefix: `${await bench.instanceId()}/`, cgroups: CGROUPS })).map(
      ({ pid, token }) => `${pid} ${token}`,
    );

  it(`WC1a in ${RESYNCS} resyncs the processes stay, and nothing but the heartbeat is written`, async () => {
    const { url } = ((await bench.object('WarmService', 'box'))?.status ?? {}) as { url?: string };
    const looks = async (): Promise<number> => Number(await (await fetch(`${url}/looks`)).text());
    // The index follows its status, which itself follows what was done.
    await bench.waitFor('the index to tell that it rests', () => isTold('Ready') && !isTold('Reconciling'));
    let page = '';
    const isWritten = (): boolean => {
      const before = page;
      const path = join(bench.state, 'site/index.html');
      page = existsSync(path) ? readFileSync(path, 'utf8') : '';
      return page === before && page.includes('every warm service is ready');
    };
    // The status page follows in turn, some seconds after.
    await bench.waitFor('the status page to rest', isWritten, { everyMs: SITE_PACE_MS });
    // What the first look at rest notes is not of the resyncs.
    const settled = (await looks()) + 5;
    await bench.waitFor('it to rest', async () => (await looks()) >= settled);
    const before = { files: files(), processes: await processes(), looks: await looks() };
    expect(before.processes).not.to.deep.equal([]);
    await bench.waitFor(`${RESYNCS} looks`, async () => (await looks()) >= before.looks + RESYNCS);
    expect(await processes()).to.deep.equal(before.processes);
    expect(differing(before.files, files())).to.deep.equal([]);
    const { status = {} } = (await bench.object('WarmService', 'box')) ?? {};
    expect(conditionOf(status, 'Ready')?.status).to.equal('True');
  });
});
