import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileCoverage } from './coverage.ts';
import { type Mutant, mutated } from './mutant.ts';
import type { Scratch } from './scratch.ts';

export interface Verdict {
  outcome: 'Noticed' | 'Survived';
  /** The test that noticed. */
  by?: string;
  /** Covering test files that were not run, since the time for one mutant was over. */
  notRun?: number;
  ms: number;
}

/** Test files of about so many milliseconds share one process, so that a first red one is seen soon. */
const SHARE_MS = 10_000;
/** A run of test files may take this much longer than it was measured, and so much in any case: the machine is shared. */
const PATIENCE = 5;
const LEAST_LIMIT_MS = 60_000;

/**
 * Runs the test files on the mutant until one is red, or until they took `budgetMs` when they were measured. A run that
 * does not end counts as red.
 */
export async function judge(
  mutant: Mutant,
  tests: readonly FileCoverage[],
  { scratch, budgetMs }: { scratch: Scratch; budgetMs: number },
): Promise<Verdict> {
  const text = scratch.read(mutant.file);
  const started = performance.now();
  const ms = (): number => Math.round(performance.now() - started);
  scratch.write(mutant.file, mutated(text, mutant));
  try {
    let spent = 0;
    let run = 0;
    for (const share of shares(tests)) {
      if (spent > budgetMs) break;
      const measuredMs = share.reduce((sum, each) => sum + each.ms, 0);
      const by = await firstRed(share, scratch, Math.max(LEAST_LIMIT_MS, PATIENCE * measuredMs));
      if (by !== undefined) return { outcome: 'Noticed', by, ms: ms() };
      spent += measuredMs;
      run += share.length;
    }
    const notRun = tests.length - run;
    return { outcome: 'Survived', ...(notRun > 0 && { notRun }), ms: ms() };
  } finally {
    scratch.write(mutant.file, text);
  }
}

function shares(tests: readonly FileCoverage[]): FileCoverage[][] {
  const parts: FileCoverage[][] = [];
  let sum = Number.POSITIVE_INFINITY;
  for (const test of tests) {
    if (sum >= SHARE_MS) {
      parts.push([]);
      sum = 0;
    }
    parts.at(-1)?.push(test);
    sum += test.ms;
  }
  return parts;
}

async function firstRed(
  share: readonly FileCoverage[],
  scratch: Scratch,
  limitMs: number,
): Promise<string | undefined> {
  const report = join(scratch.root, 'mutants-report.json');
  const args = ['--bail', '--reporter', 'json', '--reporter-option', `output=${report}`];
  const { code } = await scratch.run(['mocha', ...args, ...share.map(({ test }) => test)], { limitMs });
  if (code === 0) return undefined;
  if (code === undefined) return 'the limit of time';
  return titleIn(report) ?? 'the end of the process';
}

function titleIn(report: string): string | undefined {
  try {
    const { failures } = JSON.parse(readFileSync(report, 'utf8')) as { failures: { fullTitle: string }[] };
    return failures[0]?.fullTitle;
  } catch {
    return undefined;
  }
}
