import type { StageResult } from '../../../lib/api/index.ts';
import { currentAttempt } from '../journal.ts';
import type { RunPass } from '../pass.ts';
import type { StageEnd, StepContext } from '../stage.ts';

/** What the stage used, measured once more at its end; one that was skipped used nothing of its own. Never throws. */
export async function lastUsage(
  { services, domain, stage, signal }: StepContext,
  { result }: Pick<StageEnd, 'result'>,
): Promise<Pick<StageResult, 'usage'>> {
  if (result === 'Skipped') return {};
  const usage = await services.usage.last({ domain, stage }, signal);
  return usage === undefined ? {} : { usage };
}

/** Measures for the running stage once more, before its app goes; `gatheredUsage` gives it. Never throws. */
export async function measureRunning({ progress, journal, services, pass }: RunPass): Promise<void> {
  const running = progress?.stages.find(({ result }) => result === 'Running');
  const attempt = currentAttempt(journal);
  if (running && attempt) await services.usage.last({ domain: attempt.domain, stage: running.name }, pass.signal);
}

/** What is known of the usage of a stage that is broken off, without another look. */
export function gatheredUsage({ services, journal }: RunPass, { name }: StageResult): Pick<StageResult, 'usage'> {
  const attempt = currentAttempt(journal);
  const usage = attempt && services.usage.gathered({ domain: attempt.domain, stage: name });
  return usage === undefined ? {} : { usage };
}
