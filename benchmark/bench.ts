/**
 * What runs cost besides their apps, what kept data saves, and what sets cost, a table for each, beside what is wanted.
 * `npm run bench -- [--only overhead,init,ratios,sets] [--tries N] [--seconds 0,5,10,30] [-o table|json]`.
 * Talk goes to standard error. Ends with 0 whatever the figures are: it measures, and asserts nothing.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Row, tableOf, verdictOf } from './rows.ts';
import { type BenchOptions, initialisingRows, overheadRows, ratioRows } from './run-lanes.ts';

const SECTIONS = { overhead: overheadRows, init: initialisingRows, ratios: ratioRows, sets: setsRows } as const;
type Section = keyof typeof SECTIONS;

const NAMES = Object.keys(SECTIONS) as Section[];

/** Those of the sets, where their benchmark is there. */
async function setsRows(options: BenchOptions): Promise<Row[]> {
  const module = new URL('./sets.ts', import.meta.url);
  if (!existsSync(module))
    return [{ what: 'sets', figure: undefined, unit: 'ms', note: 'benchmark/sets.ts is not there' }];
  const { setsRows: rows } = (await import(module.href)) as { setsRows: (of: BenchOptions) => Promise<Row[]> };
  return await rows(options);
}

function sectionsOf(only: string | undefined): Section[] {
  if (only === undefined) return NAMES;
  return only.split(',').map((word) => {
    const name = NAMES.find((one) => one === word);
    if (name === undefined)
      throw new Error(`--only: there is no ${JSON.stringify(word)}. Name some of ${NAMES.join(', ')}.`);
    return name;
  });
}

function numberOf(text: string, flag: string, least: number): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number < least)
    throw new Error(`${flag}: ${JSON.stringify(text)} is no number from ${least} on`);
  return number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      tries: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '0,5,10,30' },
      output: { type: 'string', short: 'o', default: 'table' },
    },
  });
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const tries = Math.floor(numberOf(values.tries, '--tries', 1));
  const seconds = values.seconds.split(',').map((text) => numberOf(text, '--seconds', 0));
  if (!['table', 'json'].includes(values.output)) throw new Error('-o: name table or json');
  const rows: Row[] = [];
  for (const name of sectionsOf(values.only)) {
    say(`${name}:`);
    const found = await SECTIONS[name]({ tries, seconds, say });
    rows.push(...found);
    if (values.output === 'table') process.stdout.write(`${tableOf(found)}\n`);
  }
  const shown = rows.map((row) => ({ ...row, verdict: verdictOf(row) }));
  if (values.output === 'json') process.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
