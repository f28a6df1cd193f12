import { withLastWords } from '../../../lib/run-record/last-words.ts';
import type { PreparedContext } from '../stage.ts';
import { evidenceOf, explainedByOthers } from '../steps/failure-evidence.ts';
import { toldBy } from './memory.ts';
import type { Promotion } from './promotion.ts';

/**
 * Saves the logs and tasks of the app of a promotion that failed, before anything is killed, and puts what they tell
 * into the draft and the shown stage: service, last lines, last words. Idempotent.
 * @throws CcError `Aborted`, `Unreachable`.
 */
export async function savePromotionEvidence(
  context: PreparedContext,
  { memory }: Pick<Promotion, 'memory'>,
): Promise<void> {
  const stage = context.progress.stages.find(({ name }) => name === 'Promote');
  if (!stage) return;
  const { changedByOthers, ...evidence } = await evidenceOf(context, {});
  const found = { reason: memory.found ?? ('Failed' as const), message: memory.message ?? '' };
  const told = explainedByOthers(withLastWords(found, evidence.logTail), changedByOthers);
  if (memory.message !== undefined) memory.message = context.mask.text(told.message);
  if (told.reason !== 'Failed') memory.found = told.reason;
  const message = toldBy(memory);
  Object.assign(stage, evidence, message === undefined ? {} : { message });
}
