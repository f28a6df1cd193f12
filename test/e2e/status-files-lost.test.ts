import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemCode } from '../../lib/errors.ts';
import { readJson } from '../../lib/fs/durable.ts';
import { boxCanonical, boxRepository } from './box-recipe.ts';
import { Bench } from './harness.ts';

const EVERY_MS = 5;
const STATUS_FILE = /\.status\.yaml$|^status\.json$/;

/** What a run's journal says of its end. */
interface RunEnd {
  step: string;
  attempts: unknown[];
  crashes: number;
  promotion?: { result: string };
  outcome?: { reason: string; level: number };
}

/** Deletes every status file and the index again and again; `stop` gives how many were found. */
function deleteAllTheTime({ specs, state }: Bench): { stop: () => number } {
  const roots = [specs, join(state, 'objects'), join(state, 'specs')];
  let deleted = 0;
  const round = (): void => {
    const found = roots.flatMap(statusFilesBelow);
    for (const path of [...found, join(state, 'index.jsonl')]) rmSync(path, { force: true });
    deleted += found.length;
  };
  const timer = setInterval(round, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return deleted;
    },
  };
}

function statusFilesBelow(root: string): string[] {
  try {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter(({ name }) => STATUS_FILE.test(name))
      .map(({ parentPath, name }) => join(parentPath, name));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []; // written or removed at this moment
    throw error;
  }
}

describe('a controller whose status files are deleted all the time', function () {
  this.timeout(240_000);
  let bench: Bench;
  let deleting: { stop: () => number };

  beforeEach(() => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}' });
    boxRepository(join(bench.root, 'recipes', 'box'), ['1.0.0+1.0.0', '1.1.0+1.1.0']);
    deleting = deleteAllTheTime(bench);
  });
  afterEach(async () => {
    deleting.stop();
    await bench.dispose();
  });

  const journalOf = (run: string): Promise<RunEnd | undefined> =>
    readJson<RunEnd>(join(bench.state, 'objects', 'Run', run, 'journal.json'));
  const runs = (): string[] => namesNow(join(bench.state, 'objects', 'Run'));
  const ended = (run: string): Promise<RunEnd> =>
    bench.waitFor(`the journal of Run/${run} to end`, async () => {
      const journal = await journalOf(run);
      return journal?.step === 'Ended' ? journal : undefined;
    });

  it('I11 seeds, promotes, tests again, restores and deletes as if nothing were @nightly', async () => {
    bench.apply('Canonical', 'box', boxCanonical('box'));
    await bench.start();
    const [seed = ''] = await bench.waitFor('a seed', () => {
      const found = runs().filter((name) => name.startsWith('box-seed-'));
      return found.length > 0 ? found : undefined;
    });
    expect(await ended(seed)).to.deep.include({ crashes: 0, promotion: { result: 'Promoted', ...(await promoted()) } });

    bench.apply('Run', 'again', { recipe: 'box', ref: '1.1.0+1.1.0' });
    const again = await ended('again');
    expect(again.outcome).to.include({ reason: 'Passed' });
    expect([again.attempts.length, again.crashes]).to.deep.equal([1, 0]);
    expect(runs(), 'runs that nobody asked for').to.have.members([seed, 'again']);

    const volume = join(bench.state, 'apps', 'warm-canon-box.ci.localhost', 'volumes', 'data');
    await bench.waitFor('the volume to be there', () => namesNow(volume).includes('item'));
    rmSync(volume, { recursive: true });
    await bench.ok('reconcile', 'can/box');
    await bench.waitFor('the lost volume to be back', () => namesNow(volume).includes('item'));
    expect(readFileSync(join(volume, 'item'), 'utf8')).to.equal('kept');

    rmSync(join(bench.specs, 'again.run.yaml'));
    await bench.waitFor('the run to be gone', () => !runs().includes('again'));
    expect(deleting.stop(), 'status files were there to be deleted').to.be.above(20);
    await bench.waitCondition({ kind: 'Canonical', name: 'box' }, 'Ready', 'True');
    await bench.waitClean();
  });

  async function promoted(): Promise<{ version: string; generation: string }> {
    const [generation = ''] = readdirSync(join(bench.state, 'canonicals', 'box', 'generations'));
    return { version: '1.1.0+1.1.0', generation };
  }
});

/** Names in a directory that may not be there at the moment. */
function namesNow(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
