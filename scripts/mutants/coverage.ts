import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Measured, reportsOf } from './coverage-hook.ts';
import type { Mutant } from './mutant.ts';
import { ROOMS, STARTED_BY } from './rooms.ts';
import type { Scratch } from './scratch.ts';

/** What one test file runs of the source. */
export interface FileCoverage {
  test: string;
  /** Digest of the test file. */
  digest: string;
  /** Whether it passes without a fault; one that does not says nothing. */
  isGreen: boolean;
  ms: number;
  sources: Record<string, { digest: string; lines: number[] }>;
}

/** For each test file. */
const LIMIT_MS = 120_000;
/** Test files that are measured in one process: reading the sources takes longer than many of them. */
const TOGETHER = 30;
/** What a test file costs beside its tests: it and what it imports is read. */
const START_MS = 300;
const PLACES = Object.values(ROOMS).map(({ directory }) => `${directory}/`);

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** The unit tests and the component tests of these folders (absent: of all) that need no engine. */
function testFiles(root: string, folders: readonly string[] = ['**']): string[] {
  const globs = ['test/unit/**/*.test.ts', ...folders.map((folder) => `test/component/${folder}/**/*.test.ts`)];
  return globs.flatMap((glob) => globSync(glob, { cwd: root, exclude: ['**/*.engine.test.ts'] }).sort());
}

export interface MeasureOptions {
  scratch: Scratch;
  /** Where it is kept. */
  directory: string;
  /** Folders below `test/component`; absent: all. */
  folders?: readonly string[] | undefined;
  say: (line: string) => void;
}

/** Runs each test file once that was not run as it is now, several in one process. */
export async function measure({ scratch, directory, folders, say }: MeasureOptions): Promise<FileCoverage[]> {
  const tests = testFiles(scratch.root, folders);
  const found = new Map<string, FileCoverage>();
  for (const test of tests) {
    const kept = keptAt(join(directory, `${test}.json`));
    if (kept?.digest === digestOf(scratch.read(test))) found.set(test, kept);
  }
  const left = tests.filter((test) => !found.has(test));
  while (left.length > 0) {
    for (const coverage of await measured(scratch, left.splice(0, TOGETHER))) {
      const path = join(directory, `${coverage.test}.json`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify(coverage));
      found.set(coverage.test, coverage);
      say(`${coverage.test} ${coverage.isGreen ? 'passes' : 'FAILS'}, ${coverage.ms} ms; ${left.length} left`);
    }
  }
  return [...found.values()];
}

function keptAt(path: string): FileCoverage | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as FileCoverage;
  } catch {
    return undefined;
  }
}

async function measured(scratch: Scratch, tests: readonly string[]): Promise<FileCoverage[]> {
  const reports = join(dirname(scratch.root), 'coverage');
  rmSync(reports, { recursive: true, force: true });
  const hook = join(scratch.root, 'scripts/mutants/coverage-hook.ts');
  const env = { MUTANTS_COVERAGE: reports };
  const limitMs = tests.length * LIMIT_MS;
  const { output } = await scratch.run(['mocha', '--require', hook, ...tests], { limitMs, env });
  const places = tests.map((_, index) => reportsOf(reports, index));
  const byFile = new Map(places.map((place) => [measuredIn(place)?.file, place]));
  if (!tests.some((test) => byFile.has(join(scratch.root, test)))) throw new Error(`no test ran:\n${output}`);
  return tests.map((test) => {
    const place = byFile.get(join(scratch.root, test));
    const { isGreen, ms } = (place === undefined ? undefined : measuredIn(place)) ?? { isGreen: false, ms: 0 };
    const digest = digestOf(scratch.read(test));
    return { test, digest, isGreen, ms: ms + START_MS, sources: place === undefined ? {} : sourcesIn(place, scratch) };
  });
}

function measuredIn(place: string): Measured | undefined {
  try {
    return JSON.parse(readFileSync(join(place, 'measured.txt'), 'utf8')) as Measured;
  } catch {
    return undefined;
  }
}

function sourcesIn(place: string, scratch: Scratch): FileCoverage['sources'] {
  const lines = new Map<string, Set<number>>();
  for (const report of reportsIn(place)) addLines(report, scratch, lines);
  const sources = [...lines].map(([file, set]): [string, FileCoverage['sources'][string]] => [
    file,
    { digest: digestOf(scratch.read(file)), lines: [...set].sort((one, other) => one - other) },
  ]);
  return Object.fromEntries(sources);
}

/** A function as V8 tells of it: offsets of it and of the blocks in it, outer ones first. */
export interface RunFunction {
  ranges: { startOffset: number; endOffset: number; count: number }[];
}

interface Report {
  result: { url: string; functions: RunFunction[] }[];
}

function* reportsIn(directory: string): Generator<Report> {
  let names: string[] = [];
  try {
    names = readdirSync(directory);
  } catch {
    return;
  }
  for (const name of names.filter((each) => each.endsWith('.json'))) {
    const text = readFileSync(join(directory, name), 'utf8');
    // A process that was killed while it wrote leaves a part.
    if (text.endsWith('}')) yield JSON.parse(text) as Report;
  }
}

function addLines({ result }: Report, scratch: Scratch, lines: Map<string, Set<number>>): void {
  const base = `${pathToFileURL(scratch.root).href}/`;
  for (const { url, functions } of result) {
    const file = url.startsWith(base) ? url.slice(base.length) : '';
    if (!PLACES.some((place) => file.startsWith(place))) continue;
    const found = lines.get(file) ?? new Set();
    for (const line of coveredLines(scratch.read(file), functions)) found.add(line);
    lines.set(file, found);
  }
}

/**
 * Lines, from 1, whose first character was run. The outermost function is the module: it ran once in the process, and
 * counts for every test file that ran something of it. Pure.
 */
export function coveredLines(text: string, [module, ...functions]: readonly RunFunction[]): number[] {
  const isRun = new Uint8Array(text.length + 1);
  const wasUsed = functions.some(({ ranges }) => ranges.some(({ count }) => count > 0));
  const whole = wasUsed ? (module?.ranges.map((range) => ({ ...range, count: 1 })) ?? []) : (module?.ranges ?? []);
  for (const { startOffset, endOffset, count } of [...whole, ...functions.flatMap(({ ranges }) => ranges)]) {
    isRun.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  let offset = 0;
  return text.split('\n').flatMap((line, index) => {
    const first = offset + Math.max(0, line.search(/\S/));
    offset += line.length + 1;
    return isRun[first] === 1 ? [index + 1] : [];
  });
}

/**
 * The green test files that run the line of a mutant; where a source was changed since it was measured, all that run
 * something of it. Those in `near` come first, then the fastest. Pure.
 */
export function covering(
  mutant: Mutant,
  all: readonly FileCoverage[],
  { text, near }: { text: string; near: readonly string[] },
): FileCoverage[] {
  const starter = Object.entries(STARTED_BY).find(([place]) => mutant.file.startsWith(place))?.[1];
  const digest = digestOf(text);
  const runs = ({ sources }: FileCoverage): boolean => {
    if (starter !== undefined && (sources[starter]?.lines.length ?? 0) > 0) return true;
    const source = sources[mutant.file];
    if (source === undefined) return false;
    return source.digest === digest ? source.lines.includes(mutant.line) : source.lines.length > 0;
  };
  const isNear = ({ test }: FileCoverage): boolean => near.includes(test.split('/')[2] ?? '');
  const order = (one: FileCoverage, other: FileCoverage): number =>
    Number(isNear(other)) - Number(isNear(one)) || one.ms - other.ms;
  return all.filter((each) => each.isGreen && runs(each)).toSorted(order);
}
