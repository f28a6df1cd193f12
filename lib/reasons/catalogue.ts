import { ACT_MEANINGS } from './acts.ts';
import { ALERT_MEANINGS } from './alerts.ts';
import * as conditions from './conditions.ts';
import { EVENT_MEANINGS } from './events.ts';
import type { Meaning } from './meaning.ts';
import * as runs from './runs.ts';
import { STAGE_MEANINGS, TEST_MEANINGS } from './stages.ts';
import * as sweeps from './sweeps.ts';
import * as warm from './warm-services.ts';

/** The words of one place in which people see them. */
export interface ReasonGroup {
  title: string;
  /** Where its words stand. */
  place: string;
  words: Readonly<Record<string, Meaning>>;
}

const group = (title: string, place: string, words: Readonly<Record<string, Meaning>>): ReasonGroup => ({
  title,
  place,
  words,
});

/** Every condition, reason, event and alert, in the order of the reference. */
export const REASON_GROUPS: readonly ReasonGroup[] = [
  group('Conditions', 'types of `status.conditions`', conditions.CONDITION_MEANINGS),
  group('Accepted', 'reasons of the condition, of every kind', conditions.ACCEPTED_REASONS),
  group('Canonical, Ready', 'reasons of the condition', conditions.CANONICAL_READY_REASONS),
  group('Canonical, prepared copy', '`status.prepared`', conditions.PREPARED_REASONS),
  group('WarmService, Ready', 'reasons of `Ready`, `Stalled`, `Reconciling`', warm.WARM_SERVICE_REASONS),
  group('WarmService, other conditions', 'reasons of `Healthy`, `Held`, `Drifted`', warm.WARM_SERVICE_SIDE_REASONS),
  group('Run, Succeeded', 'reasons of the condition', runs.SUCCEEDED_REASONS),
  group('Run, TornDown', 'reasons of the condition', runs.TORN_DOWN_REASONS),
  group('Run, queue', '`status.queue` of a run that waits', runs.QUEUE_MEANINGS),
  group('Run, stages', '`status.stages[].reason`', STAGE_MEANINGS),
  group('Run, tests', '`status.stages[].tests[].reason`', TEST_MEANINGS),
  group('Run, promotion skipped', '`status.promotion` of result `Skipped`', runs.INELIGIBLE_MEANINGS),
  group('Run, promotion failed', '`status.promotion` of result `Failed`', runs.PROMOTION_MEANINGS),
  group('Run, cold instead of quick', '`status.fallback`', runs.FALLBACK_MEANINGS),
  group('Run, provider of its own', '`status.dependencies[].reason`', runs.PROVIDER_MEANINGS),
  group('Sweep, Ready', 'reasons of the condition', conditions.SWEEP_READY_REASONS),
  group('Sweep, waits', '`status.nextAction`', sweeps.SWEEP_WAITS),
  group('Sweep, recipes', '`status.lastSweep.recipes[].reason`', sweeps.SWEEP_ROW_MEANINGS),
  group('Sweep, warm services', '`status.lastSweep.warmServices[].reason`', sweeps.SWEPT_SERVICE_MEANINGS),
  group('Sweep, results', '`status.lastSweep.result`', sweeps.SWEEP_RESULT_MEANINGS),
  group('Stalled', 'reasons of the condition, of every kind', conditions.STALLED_REASONS),
  group('Deletions that are held', '`SourceUnavailable` in `ccctl get`', conditions.SOURCE_REASONS),
  group('What is done, or waited for', 'reasons of `Reconciling` and of `status.nextAction`', ACT_MEANINGS),
  group('Events', '`ccctl events`', EVENT_MEANINGS),
  group('Alerts', '`ccctl get alerts`', ALERT_MEANINGS),
];

/** Each place in which the word stands, with what it means there. Pure. */
export function meaningsOf(word: string): { group: ReasonGroup; meaning: Meaning }[] {
  return REASON_GROUPS.flatMap((one) => {
    const meaning = Object.hasOwn(one.words, word) ? one.words[word] : undefined;
    return meaning === undefined ? [] : [{ group: one, meaning }];
  });
}
