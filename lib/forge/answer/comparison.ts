import type { RunStatus, StageState } from '../../api/index.ts';
import { peakMemory } from '../../run-record/memory-need.ts';
import { span } from './markdown.ts';

/** What a result is compared with. */
export interface Reference {
  of: 'KnownGood' | 'BaseBranch';
  /** Name of the Run. */
  run: string;
  /** Version, or the commit's beginning. */
  label: string;
  status: RunStatus;
}

/** A difference that matters; its text is markdown. */
export interface Difference {
  sense: 'Better' | 'Worse';
  text: string;
}

/** So much more or less memory is worth a word, as a part of what it was, and in bytes. */
const MEMORY_PART = 0.2;
const MEMORY_BYTES = 16 * 2 ** 20;

/** How good a result is; of others nothing can be said. */
const RANKS: Partial<Record<StageState, number>> = { Failed: 0, Unverified: 1, Skipped: 1, Passed: 2 };

/** What got better or worse against the reference: level, stages, tests, peak memory; in this order. Pure. */
export function differences(now: RunStatus, before: RunStatus): Difference[] {
  return [...ofLevel(now, before), ...ofStages(now, before), ...ofTests(now, before), ...ofMemory(now, before)];
}

function ofLevel({ level: now }: RunStatus, { level: before }: RunStatus): Difference[] {
  if (now === undefined || before === undefined || now === before) return [];
  return [{ sense: now > before ? 'Better' : 'Worse', text: `level ${before} → ${now}` }];
}

function ofStages(now: RunStatus, before: RunStatus): Difference[] {
  // A pull request is never promoted.
  const compared = (now.stages ?? []).filter(({ name }) => name !== 'Promote');
  return compared.flatMap((stage) => {
    const old = before.stages?.find(({ name }) => name === stage.name);
    const change = old && senseOf(RANKS[old.result], RANKS[stage.result]);
    return change ? [{ sense: change, text: `${stage.name}: ${old.result} → ${stage.result}` }] : [];
  });
}

function ofTests(now: RunStatus, before: RunStatus): Difference[] {
  const old = testsOf(before);
  return [...testsOf(now)].flatMap(([name, result]) => {
    const was = old.get(name);
    if (was === undefined && result === 'Failed')
      return [{ sense: 'Worse', text: `test ${span(name, 100)} is new, and fails` } as const];
    const change = senseOf(TEST_RANKS[was ?? ''], TEST_RANKS[result]);
    return change ? [{ sense: change, text: `test ${span(name, 100)}: ${was} → ${result}` }] : [];
  });
}

const TEST_RANKS: Readonly<Record<string, number>> = { Failed: 0, Skipped: 1, Passed: 2 };

function testsOf({ stages = [] }: RunStatus): Map<string, string> {
  return new Map(stages.flatMap(({ tests = [] }) => tests.map(({ name, result }) => [name, result] as const)));
}

function ofMemory(now: RunStatus, before: RunStatus): Difference[] {
  const [bytes, was] = [peakMemory(now.stages ?? []), peakMemory(before.stages ?? [])];
  if (bytes === undefined || was === undefined) return [];
  if (Math.abs(bytes - was) < Math.max(MEMORY_BYTES, was * MEMORY_PART)) return [];
  return [{ sense: bytes < was ? 'Better' : 'Worse', text: `peak memory ${mebibytes(was)} → ${mebibytes(bytes)}` }];
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function senseOf(before: number | undefined, now: number | undefined): Difference['sense'] | undefined {
  if (before === undefined || now === undefined || before === now) return undefined;
  return now > before ? 'Better' : 'Worse';
}
