import { expect } from 'chai';
import type { SweepJournal } from '../../../controllers/sweep/journal.ts';
import type { SweepRecord } from '../../../lib/api/index.ts';
import { CcError } from '../../../lib/errors.ts';
import { ended, HOUR_MS, SweepBench } from './sweep-bench.ts';

const OLD = '1.0.0+1.0.0';
const NEW = '1.1.0+1.1.0';

/** A service, a green recipe, a red one, and one without anything new; the sweep is due. */
async function dueSweep(): Promise<SweepBench> {
  const bench = await SweepBench.open();
  await bench.enrol('mail', [OLD, NEW], { version: OLD });
  await bench.enrol('notes', [OLD, NEW], { version: OLD });
  await bench.enrol('wiki', [OLD], { version: OLD });
  bench.scripts.set('notes', () => ended('Failed', 'Install', { blame: 'Recipe' }));
  await bench.warm('proxy');
  await bench.sweep({ jitter: '0s' });
  await bench.passFor(HOUR_MS);
  bench.clock.advance(15 * HOUR_MS);
  return bench;
}

/** Without times, names and ids that are given by chance. */
function essence({ startTime: _s, completionTime: _c, report: _r, recipes, ...sweep }: SweepRecord): object {
  return { ...sweep, recipes: recipes.map(({ run, ...row }) => ({ ...row, hasRun: run !== undefined })) };
}

describe('a sweep whose controller is killed', function () {
  this.timeout(300_000);

  const finish = async (bench: SweepBench) => {
    const sweep = await bench.ended();
    const { history = [] } = await bench.status();
    const runs = bench.store.list('Run').map(({ spec }) => (spec as { recipe: string }).recipe);
    return { sweep: essence(sweep), sweeps: history.length, runs: runs.toSorted() };
  };

  const undisturbed = async () => {
    const bench = await dueSweep();
    let passes = 0;
    bench.beforePass = (pass) => {
      passes = pass;
    };
    const end = await finish(bench);
    await bench.close();
    return { end, passes };
  };

  it('T50 after any pass comes to the same end, with the same runs', async () => {
    const { end, passes } = await undisturbed();
    expect(end).to.deep.include({ sweeps: 1, runs: ['mail', 'notes'] });
    expect(passes).to.be.greaterThan(12);
    const bench = await dueSweep();
    bench.beforePass = () => bench.restart();
    expect(await finish(bench)).to.deep.equal(end);
    await bench.close();
  });

  // What is cut off right after a write is cut off before the next one, but for what is done in between.
  for (const [when, tag] of [
    ['Before', ''],
    ['After', ' @nightly'],
  ] as const)
    it(`T50 ${when.toLowerCase()} any journal write comes to the same end, with the same runs${tag}`, async () => {
      const { end } = await undisturbed();
      let writes = 1;
      for (let at = 0; at < writes; at += 1) {
        const bench = await dueSweep();
        writes = Math.max(writes, await killAtWrite(bench, at, when));
        expect(await finish(bench), `${when} write ${at}`).to.deep.equal(end);
        await bench.close();
      }
      expect(writes).to.be.greaterThan(10);
    });
});

/** Cuts the pass off at the n-th write of the Sweep's journal; the controller starts again. @returns how many there were. */
async function killAtWrite(bench: SweepBench, at: number, when: 'Before' | 'After'): Promise<number> {
  const { store } = bench;
  const write = store.writeJournal;
  let writes = 0;
  let isKilled = false;
  store.writeJournal = async (key, journal: object) => {
    if (key.kind !== 'Sweep') return await write(key, journal);
    const isIt = writes === at;
    writes += 1;
    if (isIt && when === 'After') await write(key, journal);
    if (isIt) {
      isKilled = true;
      throw new CcError('Internal', 'killed');
    }
    if (!isKilled) await write(key, journal);
  };
  const isOver = async (): Promise<boolean> => {
    const journal = await store.readJournal<SweepJournal>({ kind: 'Sweep', name: 'weekly' });
    return isKilled || journal?.sweep?.step === 'Over';
  };
  await bench.until(isOver, 'the kill');
  store.writeJournal = write;
  await bench.restart();
  return isKilled ? writes + 1 : writes;
}
