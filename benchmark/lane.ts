import { join } from 'node:path';
import type { RunStatus } from '../lib/api/generated/types.ts';
import { Bench, conditionOf } from '../test/e2e/harness.ts';
import { median } from './median.ts';

const LIMIT_MS = 600_000;

/** What one run took, milliseconds. */
export interface RunTimes {
  /** From its start to its end. */
  totalMs: number;
  /** The same without its promotion. */
  verdictMs: number;
  promoteMs: number;
  /** The lane that it took in the end; `fallback`: why not the one that was asked for. */
  mode: string;
  fallback?: string;
}

/** A real controller on a scratch directory, with recipes that are enrolled and have a known-good. */
export class Lane {
  readonly bench: Bench;
  readonly #say: (text: string) => void;
  #runs = 0;

  constructor(say: (text: string) => void, fields: Record<string, unknown> = {}) {
    this.bench = new Bench({ platform: 'Process', ...fields });
    this.#say = say;
  }

  /** Where the work tree of a recipe lies. */
  recipe(name: string): string {
    return join(this.bench.root, 'recipes', name);
  }

  /** Enrols a recipe whose work tree is there, and waits until it is proved; gives the seed's times. */
  async enrol(recipe: string): Promise<RunTimes> {
    this.bench.apply('Canonical', recipe, { app: { recipe, source: this.recipe(recipe) } });
    await this.bench.waitCondition({ kind: 'Canonical', name: recipe }, 'Ready', 'True', LIMIT_MS);
    const { knownGood } = await this.bench.canonicalStatus(recipe);
    return timesOf(await this.bench.waitOver(knownGood?.run ?? '', LIMIT_MS));
  }

  /** Tests the branch `change` once. @throws where the run is not green: its times say nothing. */
  async run(recipe: string, mode: 'Cold' | 'Quick'): Promise<RunTimes> {
    this.#runs += 1;
    const name = `${recipe}-${mode.toLowerCase()}-${this.#runs}`;
    this.bench.apply('Run', name, { recipe, ref: 'change', mode, promotion: 'Never' });
    const status = await this.bench.waitOver(name, LIMIT_MS);
    const end = conditionOf(status, 'Succeeded');
    if (end?.status !== 'True') throw new Error(`Run/${name}: ${end?.reason}: ${end?.message}`);
    const times = timesOf(status);
    this.#say(`${name}: ${times.totalMs.toFixed(0)} ms${times.fallback ? `, made cold (${times.fallback})` : ''}`);
    return times;
  }

  /** So many runs, one after the other. */
  async runs(recipe: string, mode: 'Cold' | 'Quick', tries: number): Promise<RunTimes[]> {
    const seen: RunTimes[] = [];
    for (let left = tries; left > 0; left -= 1) seen.push(await this.run(recipe, mode));
    return seen;
  }
}

function timesOf(status: RunStatus): RunTimes {
  const { startTime, completionTime, mode = '', fallback } = status;
  const promote = status.stages?.find(({ name }) => name === 'Promote');
  const totalMs = between(startTime, completionTime);
  const promoteMs = promote?.result === 'Passed' ? between(promote.startTime, promote.endTime) : 0;
  return { totalMs, promoteMs, verdictMs: totalMs - promoteMs, mode, ...(fallback === undefined ? {} : { fallback }) };
}

function between(from = '', to = ''): number {
  return Date.parse(to) - Date.parse(from);
}

/** Why these runs say nothing of the quick lane; undefined: all took it. Pure. */
export function notQuick(runs: readonly RunTimes[]): string | undefined {
  const other = runs.find(({ mode }) => mode !== 'Quick');
  return other && `made cold: ${other.fallback ?? other.mode}`;
}

/** The median of what runs took, milliseconds. */
export function medianMs(runs: readonly RunTimes[]): number {
  return median(runs.map(({ verdictMs }) => verdictMs));
}
