import { join } from 'node:path';
import { forEachBounded } from '../lib/serial.ts';
import { demoRecipes, RecipeRepository } from '../test/e2e/recipes.ts';
import { Lane, medianMs, notQuick } from './lane.ts';
import { type Row, tableOf } from './rows.ts';
import { type AppTimes, bareTimes, timedRecipe } from './timed-app.ts';

export interface BenchOptions {
  /** Of each measurement; the figure is their median. */
  tries: number;
  /** Start and initialisation, seconds, each with each. */
  seconds: readonly number[];
  /** Tells people how far it is. */
  say: (text: string) => void;
}

/** Of both lanes and of a promotion: what is not the app's own start and stop, by the demo recipe `hello`. */
export async function overheadRows({ tries, say }: BenchOptions): Promise<Row[]> {
  const lane = new Lane(say);
  try {
    await demoRecipes(join(lane.bench.root, 'recipes'));
    const directory = lane.recipe('hello');
    new RecipeRepository(directory).branch('change', { 'NOTES.md': 'A change.\n' });
    const { startMs, stopMs } = await bareTimes(directory, join(lane.bench.root, 'volume'), tries);
    say(`hello by itself: start ${startMs.toFixed(0)} ms, stop ${stopMs.toFixed(0)} ms`);
    await lane.bench.start();
    const seed = await lane.enrol('hello');
    const [cold, quick] = [await lane.runs('hello', 'Cold', tries), await lane.runs('hello', 'Quick', tries)];
    const own = 2 * (startMs + stopMs);
    const note = notQuick(quick);
    const quickMs = note === undefined ? medianMs(quick) : undefined;
    const noted = note === undefined ? {} : { note };
    return [
      { what: 'hello: one start and stop by itself', figure: startMs + stopMs, unit: 'ms' },
      { what: 'hello: cold run', figure: medianMs(cold), unit: 'ms' },
      {
        what: 'hello: own overhead of a cold run',
        figure: medianMs(cold) - own,
        unit: 'ms',
        target: { atMost: 1_500 },
        note: 'a second of it between passes in a row',
      },
      { what: 'hello: own overhead of a promotion', figure: seed.promoteMs - own / 2, unit: 'ms', note: 'one try' },
      { what: 'hello: own overhead of a quick run', figure: quickMs && quickMs - own, unit: 'ms', ...noted },
      { what: 'hello: quick run', figure: quickMs, unit: 'ms', target: { atMost: 2 * startMs + 2_000 }, ...noted },
    ];
  } finally {
    await lane.bench.dispose();
  }
}

/** Of an app whose ten seconds are its first-time initialisation: what the kept data saves. */
export async function initialisingRows({ tries, say }: BenchOptions): Promise<Row[]> {
  return await withTimed(say, [{ startS: 0, initS: 10 }], async (lane, [recipe = '']) => {
    const bare = await bareTimes(lane.recipe(recipe), join(lane.bench.root, 'volume'), tries);
    const cold = medianMs(await lane.runs(recipe, 'Cold', Math.ceil(tries / 2)));
    const quick = await lane.runs(recipe, 'Quick', tries);
    const note = notQuick(quick);
    const quickMs = note === undefined ? medianMs(quick) : undefined;
    const noted = note === undefined ? {} : { note };
    return [
      { what: 'init 10 s: cold run', figure: cold / 1_000, unit: 's' },
      {
        what: 'init 10 s: quick run',
        figure: quickMs,
        unit: 'ms',
        target: { atMost: 2 * bare.startMs + 2_000 },
        ...noted,
      },
      {
        what: 'init 10 s: cold ÷ quick',
        figure: quickMs && cold / quickMs,
        unit: '×',
        target: { atLeast: 5 },
        ...noted,
      },
    ];
  });
}

/** From so many seconds on an app sleeps so long that what others do beside it does not show. */
const SLEEPER_S = 30;
/** Of the others, whose runs measure the processor too: one for each of two cores. */
const AT_ONCE = 2;

/** The ratio for each start with each initialisation: long sleepers all at once, then the others two by two, longest first. */
export async function ratioRows({ seconds, say }: BenchOptions): Promise<Row[]> {
  const times = seconds.flatMap((initS) => seconds.map((startS) => ({ startS, initS })));
  return await withTimed(say, times, async (lane, recipes) => {
    const rows: Row[] = [];
    const measure = async (index: number): Promise<void> => {
      rows[index] = await ratioRow(lane, recipes[index] ?? '', times[index] as AppTimes);
      say(tableOf([rows[index]]).split('\n')[1] ?? '');
    };
    const { sleepers, others } = turnsOf(times);
    await Promise.all(sleepers.map(measure));
    await forEachBounded(others, AT_ONCE, measure);
    return rows;
  });
}

/** Which apps are measured together, by their index, and which in turn. Pure. */
export function turnsOf(times: readonly AppTimes[]): { sleepers: number[]; others: number[] } {
  const lengthOf = (index: number): number => (times[index]?.startS ?? 0) + (times[index]?.initS ?? 0);
  const longestFirst = times.map((_, index) => index).toSorted((one, other) => lengthOf(other) - lengthOf(one));
  return {
    sleepers: longestFirst.filter((index) => lengthOf(index) >= SLEEPER_S),
    others: longestFirst.filter((index) => lengthOf(index) < SLEEPER_S),
  };
}

async function ratioRow(lane: Lane, recipe: string, { startS, initS }: AppTimes): Promise<Row> {
  const what = `start ${startS} s, init ${initS} s: cold ÷ quick`;
  const cold = await lane.run(recipe, 'Cold');
  const quick = await lane.run(recipe, 'Quick');
  const note = notQuick([quick]);
  if (note !== undefined) return { what, figure: undefined, unit: '×', note };
  const seen = `${(cold.verdictMs / 1_000).toFixed(1)} s, ${(quick.verdictMs / 1_000).toFixed(1)} s`;
  return { what, figure: cold.verdictMs / quick.verdictMs, unit: '×', note: seen };
}

async function withTimed(
  say: BenchOptions['say'],
  times: readonly AppTimes[],
  measure: (lane: Lane, recipes: readonly string[]) => Promise<Row[]>,
): Promise<Row[]> {
  const lane = new Lane(say, { maxRuns: times.length });
  try {
    const recipes = times.map(({ startS, initS }) => `timed-${startS}-${initS}`);
    for (const [index, recipe] of recipes.entries()) timedRecipe(lane.recipe(recipe), times[index] as AppTimes);
    await lane.bench.start();
    say(`proving ${recipes.length === 1 ? recipes[0] : `${recipes.length} recipes`} first`);
    await Promise.all(recipes.map((recipe) => lane.enrol(recipe)));
    return await measure(lane, recipes);
  } finally {
    await lane.bench.dispose();
  }
}
