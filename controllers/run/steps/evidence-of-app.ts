import type { StageResult } from '../../../lib/api/index.ts';
import { explainError, hasCode } from '../../../lib/errors.ts';
import type { StageEnd, StepContext } from '../stage.ts';
import { type Evidence, saveEvidence } from './failure-evidence.ts';

/**
 * Saves the logs and tasks of a stage's app, to be called before anything is killed; gives service and last lines, and
 * what others did to an app that was deployed. What cannot be saved is logged: the failure itself counts more.
 * @throws CcError `Aborted`, `Unreachable`.
 */
export async function evidenceOf(
  context: StepContext,
  end: Pick<StageEnd, 'service' | 'logTail'>,
): Promise<StageEvidence> {
  const { services, domain, directories, mask, signal, stage } = context;
  if (stage === 'Prepare' || stage === 'Lint') return {};
  try {
    const options = {
      platform: services.platform,
      domain,
      logs: directories.logs,
      stage,
      mask,
      signal,
    };
    return toldBy(await saveEvidence(options), end, context);
  } catch (error) {
    if (hasCode(error, 'Aborted', 'Unreachable')) throw error;
    services.log.warn('could not save the logs of a failed stage', {
      run: context.object.name,
      stage,
      error: explainError(error),
    });
    return {};
  }
}

/** What a stage's result is given of the evidence. */
export type StageEvidence = Pick<StageResult, 'service' | 'logTail'> & Pick<Evidence, 'changedByOthers'>;

function toldBy(
  { tails, changedByOthers }: Evidence,
  end: Pick<StageEnd, 'service' | 'logTail'>,
  { applied }: Pick<StepContext, 'applied'>,
): StageEvidence {
  const service = end.service ?? (tails.has('app') ? 'app' : [...tails.keys()][0]);
  const logTail = end.logTail?.length ? end.logTail : service === undefined ? [] : (tails.get(service) ?? []);
  return {
    ...(service === undefined ? {} : { service }),
    ...(logTail.length > 0 ? { logTail } : {}),
    ...(changedByOthers === undefined || applied.appliedMs === 0 ? {} : { changedByOthers }),
  };
}
