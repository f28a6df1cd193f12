import { expect } from 'chai';
import type { SweepRecord } from '../../../lib/api/index.ts';
import { CcError } from '../../../lib/errors.ts';
import { ended, HOUR_MS, KEY, SweepBench } from './sweep-bench.ts';

const OLD = '1.0.0+1.0.0';
const NEW = '1.1.0+1.1.0';

/** Without times, names and ids that are given by chance. */
function essence({
  startTime: _s,
  completionTime: _c,
  report: _r,
  occurrence: _o,
  request: _q,
  ...sweep
}: SweepRecord) {
  return { ...sweep, recipes: sweep.recipes.map(({ run, ...row }) => ({ ...row, hasRun: run !== undefined })) };
}

describe('a sweep whose controller is killed', function () {
  this.timeout(300_000);
  let bench: SweepBench;
  let undisturbed: object;

  /** A service, a green recipe, a red one, and one without anything new. Nothing is promoted: each sweep is the same. */
  before(async () => {
    bench = await SweepBench.open();
    await bench.enrol('mail', [OLD, NEW], { version: OLD });
    await bench.enrol('notes', [OLD, NEW], { version: OLD });
    await bench.enrol('wiki', [OLD], { version: OLD });
    bench.scripts.set('notes', () => ended('Failed', 'Install', { blame: 'Recipe' }));
    await bench.warm('proxy');
    await bench.sweep();
    await bench.passFor(HOUR_MS);
    undisturbed = await sweep(async () => undefined);
  });
  after(() => bench.close());

  /** One more, in which `disturb` does its worst; with the runs that were made for it. */
  async function sweep(disturb: () => Promise<unknown>): Promise<object> {
    const before = bench.created.length;
    bench.clock.advance(1_000);
    const request = await bench.request('run');
    await disturb();
    const isOver = async (): Promise<boolean> => {
      const now = (await bench.journal())?.sweep;
      return now?.request === request && now.step === 'Over';
    };
    await bench.until(isOver, 'the end of the sweep');
    bench.beforePass = () => {};
    await bench.pass();
    const { lastSweep } = await bench.status();
    return {
      sweep: lastSweep && essence(lastSweep),
      runs: bench.created.slice(before).map((name) => name.split('-')[0]),
    };
  }

  /** Cuts the pass off at the n-th write of the Sweep's journal; then the controller starts again. Tells whether it came to that. */
  async function killAtWrite(at: number, when: 'Before' | 'After'): Promise<boolean> {
    const { store } = bench;
    const write = store.writeJournal;
    let writes = 0;
    let isKilled = false;
    store.writeJournal = async (key, journal: object) => {
      if (key.kind !== 'Sweep') return await write(key, journal);
      const isIt = writes === at;
      writes += 1;
      if (!isKilled && (!isIt || when === 'After')) await write(key, journal);
      isKilled ||= isIt;
      if (isKilled) throw new CcError('Internal', 'killed');
    };
    const isOver = async (): Promise<boolean> => {
      const now = (await bench.journal())?.sweep;
      return isKilled || (now?.step === 'Over' && writes > 0 && bench.object(KEY).requests.length === 0);
    };
    await bench.until(isOver, 'the kill');
    store.writeJournal = write;
    if (isKilled) await bench.restart();
    return isKilled;
  }

  it('T50 after every pass comes to the same end, with the same runs', async () => {
    expect(undisturbed).to.deep.include({ runs: ['mail', 'notes'] });
    const end = await sweep(async () => {
      bench.beforePass = () => bench.restart();
    });
    expect(end).to.deep.equal(undisturbed);
  });

  // What is cut off right after a write is cut off before the next one, but for what is done in between.
  for (const [when, tag] of [
    ['Before', ''],
    ['After', ' @nightly'],
  ] as const)
    it(`T50 ${when.toLowerCase()} any journal write comes to the same end, with the same runs${tag}`, async () => {
      let kills = 0;
      for (let at = 0, isKilled = true; isKilled; at += 1) {
        const end = await sweep(async () => {
          isKilled = await killAtWrite(at, when);
        });
        expect(end, `${when} write ${at}`).to.deep.equal(undisturbed);
        kills += isKilled ? 1 : 0;
      }
      expect(kills).to.be.greaterThan(10);
      expect((await bench.status()).history).to.have.length(10);
    });
});
