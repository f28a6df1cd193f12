import type { EngineAvailability } from '../engine/availability.ts';
import type { SuiteResult } from './suite.ts';

/** Which Docker engine the engine suites use. */
export type EngineChoice =
  | { use: 'None' } // no suite that needs one was asked for
  | { use: 'Given'; socketPath: string } // somebody's: used, not stopped
  | { use: 'Own' } // started for this run and removed after it
  | { use: 'LeftOut'; why: string };

export interface EngineFacts {
  /** Names of the suites asked for that need an engine. */
  suites: readonly string[];
  /** `CC_CI_TEST_SOCKET`. */
  socketPath: string | undefined;
  availability: EngineAvailability;
}

/** Pure. A socket that is given wins over what this machine could start. */
export function chooseEngine({ suites, socketPath, availability }: EngineFacts): EngineChoice {
  if (suites.length === 0) return { use: 'None' };
  if (socketPath) return { use: 'Given', socketPath };
  return availability.available ? { use: 'Own' } : { use: 'LeftOut', why: availability.why };
}

/** Suites that were not run. */
export interface LeftOut {
  suites: readonly string[];
  /** One sentence without a full stop. */
  why: string;
}

/** One line for each suite that was left out. */
export function leftOutLines({ suites, why }: LeftOut): string[] {
  return suites.map((name) => `LEFT OUT ${name}: ${why}`);
}

export interface Tally {
  passed: number;
  failed: number;
}

export interface TallyFacts {
  results: readonly SuiteResult[];
  leftOut: readonly LeftOut[];
  /** `CI`: where it is `true`, every suite left out is a failure. */
  ci: string | undefined;
}

/** Pure: the figures of the closing line. A run without any suite has failed. */
export function tally({ results, leftOut, ci }: TallyFacts): Tally {
  const left = leftOut.reduce((sum, { suites }) => sum + suites.length, 0);
  const failures = results.reduce((sum, { failed }) => sum + failed, 0);
  const nothing = results.length === 0 && left === 0 ? 1 : 0;
  return {
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failed: failures + nothing + (ci === 'true' ? left : 0),
  };
}
