/** A point of the matrix: one run of a scenario with one fault at one system call. */

export const SCENARIOS = ['enrol', 'cold-run', 'promotion', 'deletion', 'restore'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

export const ERRORS = ['EIO', 'ENOSPC', 'EMFILE', 'EACCES', 'EAGAIN'] as const;
export type ErrorName = (typeof ERRORS)[number];
export type Mode = 'none' | 'kill-before' | 'kill-after' | ErrorName;

export interface Point {
  scenario: ScenarioName;
  mode: Mode;
  /** The call and its paths, normalised; absent: the call is meant by its number. */
  site?: string;
  /** The how-manieth call at the site, or of all, from 1. */
  occurrence: number;
  /** How many calls fail, from this one on; 1 unless it is a lasting error. */
  times: number;
}

/** `scenario:mode[*times]:occurrence[:site]`, for people, files of results and `--point`. Pure. */
export function pointId({ scenario, mode, site, occurrence, times }: Point): string {
  return [scenario, times === 1 ? mode : `${mode}*${times}`, occurrence, ...(site === undefined ? [] : [site])].join(
    ':',
  );
}

/** The point of an id. @throws Error where it is none. */
export function parsePoint(id: string): Point {
  const found = /^([^:]+):([^:*]+)(?:\*(\d+))?:(\d+)(?::(.*))?$/s.exec(id);
  const [, scenario, mode, times = '1', occurrence = '', site] = found ?? [];
  if (!isScenario(scenario) || !isMode(mode))
    throw new Error(`${id} is no point: scenario:mode[*times]:occurrence[:site]`);
  return {
    scenario,
    mode,
    occurrence: Number(occurrence),
    times: Number(times),
    ...(site === undefined ? {} : { site }),
  };
}

function isScenario(text: string | undefined): text is ScenarioName {
  return SCENARIOS.some((name) => name === text);
}

function isMode(text: string | undefined): text is Mode {
  return ['none', 'kill-before', 'kill-after', ...ERRORS].some((name) => name === text);
}

/** Whether the controller dies at the point, rather than going on after an error. Pure. */
export function isKill({ mode }: Point): boolean {
  return mode === 'kill-before' || mode === 'kill-after';
}
