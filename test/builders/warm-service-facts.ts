import type { OperationRecord, WarmServiceJournal } from '../../controllers/warm-service/journal.ts';
import type { WarmServiceFacts } from '../../controllers/warm-service/plan.ts';
import type { WarmServiceView } from '../../controllers/warm-service/site.ts';
import type { DefaultedWarmServiceSpec } from '../../lib/api/index.ts';
import { AppHome } from '../../lib/app/app-home.ts';
import { RecordFiles } from '../../lib/fs/record-files.ts';
import { type LastGood, LastGoodRecord } from '../../lib/known-good/last-good.ts';
import { SetStore } from '../../lib/snapshot/set-store.ts';
import { storedWarmService, TIME } from './stored-object.ts';

export const SOURCE = '/recipes/shop';
export const GOOD: LastGood = {
  ...{ format: 1, version: '1.0.0+1.0.0', commit: 'a'.repeat(40), source: SOURCE },
  ...{ operation: 'w-good', time: TIME },
};
export const NEWER = { version: '1.1.0+1.1.0', commit: 'b'.repeat(40), source: SOURCE };
export const DOMAIN = 'warm-shop.ci.example.org';

/** Of a service that has its domain and knows that nothing newer is there. */
export function warmServiceJournal(overrides: Partial<WarmServiceJournal> = {}): WarmServiceJournal {
  return {
    ...{ format: 1, domain: DOMAIN, recipe: 'shop', quarantine: [], repairs: [], history: [] },
    newest: { atRunningMs: 0, session: 'this', digest: 'choice', latest: GOOD, target: GOOD },
    ...overrides,
  };
}

/** An upgrade from {@link GOOD} to {@link NEWER} that this process has just begun. */
export function operationRecord(overrides: Partial<OperationRecord> = {}): OperationRecord {
  const id = overrides.id ?? 'w-1';
  return {
    ...{ type: 'Upgrade', id, from: GOOD, to: NEWER, startTime: TIME },
    steps: { operation: id, process: 'this', begun: 1, done: [], undone: [] },
    ...{ stepStartedMs: 0, appliedMs: 0, up: false },
    ...overrides,
  };
}

/** The facts of a service that is healthy and up to date. */
export function warmServiceFacts(overrides: Partial<WarmServiceFacts> = {}): WarmServiceFacts {
  return {
    ...{ journal: warmServiceJournal(), session: 'this', runningMs: 0, resyncMs: 600_000 },
    ...{ rejection: undefined, inForce: true, noted: true, claimed: true },
    ...{ deletion: 'None', deletionStartedRunningMs: 0, retain: false, suspended: false },
    ...{ waitsFor: { state: 'Nobody' }, lastGood: GOOD, missing: [], specDigest: 'spec', edited: false },
    app: { state: 'Up', commit: GOOD.commit, what: '' },
    ...{ choiceDigest: 'choice', intervalMs: 3_600_000, window: { open: true }, inUse: [] },
    ...{ reached: 'Open', touched: false, late: false },
    ...overrides,
  };
}

/** A service as a pass sees it; facts and journal belong together. */
export function warmServiceView(
  facts: Partial<WarmServiceFacts> = {},
  overrides: Partial<WarmServiceView> = {},
): WarmServiceView {
  const all = warmServiceFacts(facts);
  const object = overrides.object ?? storedWarmService({ name: 'shop' });
  const health = all.app.state === 'Up' ? 'Up' : 'Failing';
  return {
    ...{ object, spec: object.spec as DefaultedWarmServiceSpec, journal: all.journal, domain: DOMAIN },
    ...{ home: new AppHome('/nowhere', DOMAIN), directory: '/nowhere/warm/shop', source: SOURCE },
    record: new LastGoodRecord(new RecordFiles('/nowhere'), '/nowhere/warm/shop'),
    lastGood: all.lastGood === undefined ? undefined : GOOD,
    sets: new SetStore({ directory: '/nowhere/warm/shop/sets' }),
    health: { state: health, message: health === 'Up' ? 'it answers' : 'it is not well' },
    ...overrides,
    facts: all,
  };
}
