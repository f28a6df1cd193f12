import { withLastWords } from '../../../lib/run-record/last-words.ts';
import type { PreparedContext } from '../stage.ts';
import { evidenceOf } from '../stage-runner.ts';
import { explainedByOthers } from '../steps/failure-evidence.ts';
import type { Promotion } from './promotion.ts';
import { atKnownGood } from './target.ts';

/**
 * Saves the logs and tasks of the app of a promotion that failed, before anything is killed, and puts what they tell
 * into the draft and the shown stage: service, last lines, last words. Idempotent.
 * @throws CcError `Aborted`, `Unreachable`.
 */
export async function savePromotionEvidence(
  context: PreparedContext,
  { target, journal }: Pick<Promotion, 'target' | 'journal'>,
): Promise<void> {
  const memory = journal.promotionMemory;
  const stage = context.progress.stages.find(({ name }) => name === 'Promote');
  if (!memory || !stage) return;
  const { changedByOthers, ...evidence } = await evidenceOf(atKnownGood(context, target, memory), {});
  const found = { reason: memory.found ?? 'Failed', message: memory.message ?? '' };
  const told = explainedByOthers(
    withLastWords(found, evidence.logTail),
    changedByOthers === undefined ? {} : { changedByOthers },
  );
  if (memory.message !== undefined) memory.message = context.mask.text(told.message);
  Object.assign(stage, evidence, memory.message === undefined ? {} : { message: memory.message });
}
