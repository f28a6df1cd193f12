import type { RunStatus } from '../api/generated/types.ts';
import { EXIT, type ExitCode } from './environment.ts';

/** What one of several runs of the same thing came to. */
export interface RunOutcome {
  /** As commands take it: `run/notes-1`. */
  target: string;
  exitCode: ExitCode;
  /** What failed: `Custom/home` for a test, `Upgrade (CrashLoop)` for a stage; empty for a run that passed. */
  failures: readonly string[];
}

/** What failed in a run, each once, in the order of its stages. Pure. */
export function failuresOf(status: RunStatus | undefined): string[] {
  return (status?.stages ?? [])
    .filter(({ result }) => result === 'Failed')
    .flatMap(({ name, reason, tests = [] }) => {
      const failed = tests.filter(({ result }) => result === 'Failed').map((test) => `${name}/${test.name}`);
      return failed.length > 0 ? failed : [reason === undefined ? name : `${name} (${reason})`];
    });
}

/**
 * How often it passed, and for each thing that failed how often and in which runs, the most frequent first. Runs that the
 * infrastructure ended say nothing of the recipe and are counted apart. Pure.
 */
export function rateLines(outcomes: readonly RunOutcome[]): string[] {
  const infra = outcomes.filter(({ exitCode }) => exitCode === EXIT.InfraFault);
  const judged = outcomes.filter((outcome) => !infra.includes(outcome));
  const passed = judged.filter(({ exitCode }) => exitCode === EXIT.Ok).length;
  const word = passed > 0 && passed < judged.length ? 'flaky: ' : '';
  const failures = Map.groupBy(
    judged.flatMap(({ failures: own, target }) => own.map((failure) => ({ failure, target }))),
    ({ failure }) => failure,
  );
  const byRate = [...failures].sort(([, one], [, other]) => other.length - one.length);
  return [
    ...(judged.length > 0
      ? [`${word}${passed} of ${judged.length} runs passed (${percent(passed, judged.length)})`]
      : []),
    ...byRate.map(([failure, own]) => {
      const names = own.map(({ target }) => target).join(', ');
      return `${failure} failed in ${own.length} of ${judged.length} (${percent(own.length, judged.length)}): ${names}`;
    }),
    ...(infra.length > 0
      ? [`not counted, for the infrastructure ended them: ${infra.map(({ target }) => target).join(', ')}`]
      : []),
  ];
}

/** 0 where all passed, else the first verdict on the recipe, else that of the infrastructure. Pure. */
export function exitOfOutcomes(outcomes: readonly RunOutcome[]): ExitCode {
  const wrong = outcomes.map(({ exitCode }) => exitCode).filter((code) => code !== EXIT.Ok);
  return wrong.find((code) => code !== EXIT.InfraFault) ?? wrong[0] ?? EXIT.Ok;
}

function percent(part: number, whole: number): string {
  return `${Math.round((100 * part) / whole)} %`;
}
