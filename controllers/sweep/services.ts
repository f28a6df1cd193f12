import { isGivenUp, type WarmRecord } from '../../lib/known-good/warm-record.ts';
import type { ServiceBefore, ServiceRow } from './journal.ts';

/** So long a service may take until it has looked for releases, milliseconds of running time. */
const LOOK_MS = 10 * 60_000;
/** So long until it has begun the upgrade that it found, where nothing is known to hold it back. */
const BEGIN_MS = 60_000;
/** So long until an upgrade that is under way, or waits for runs, has ended one way or the other. */
const UPGRADE_MS = 3 * 60 * 60_000;

/** A warm service as the sweep sees it. */
export type ServiceSeen =
  | { state: 'Removed' | 'Suspended' | 'NotAccepted' | 'Damaged' }
  /** `isAsked`: the request to look has not been taken up yet. */
  | { state: 'There'; isAsked: boolean; record: WarmRecord; hasWindow: boolean };

/** What came of it. */
export type ServiceEnd = Pick<ServiceRow, 'result' | 'reason' | 'from' | 'to'>;

/** What comes next for a service: it is told to look, waited for, or over. */
export type ServiceNext = { next: 'Ask' } | { next: 'Wait' } | ({ next: 'End' } & ServiceEnd);

/** Reasons of a service that is not ready because of what it does just now. */
const PASSING: readonly string[] = ['Deploy', 'Upgrade', 'RollBack', 'Recover', 'NotDeployed'];

const WAIT: ServiceNext = { next: 'Wait' };

/** Decides that. Pure. @param runningMs a reading of running time, milliseconds. */
export function nextOfService(row: ServiceRow, seen: ServiceSeen, runningMs: number): ServiceNext {
  if (seen.state === 'Damaged') return { next: 'End', result: 'Failed', reason: 'DamagedRecord' };
  if (seen.state !== 'There') return { next: 'End', result: 'Skipped', reason: seen.state };
  const { asked } = row;
  if (!asked?.sent) return { next: 'Ask' };
  const { operation, newest } = seen.record;
  const tookMs = runningMs - asked.atRunningMs;
  if (operation && isGivenUp(operation)) return { next: 'End', result: 'Failed', reason: 'RollbackFailed' };
  if (operation) return tookMs < UPGRADE_MS ? WAIT : failed(seen.record, 'NotSettled');
  // By the look itself: running time goes back a little where a controller is killed.
  const hasLooked = !seen.isAsked && newest !== undefined && lookText(newest) !== asked.lastLook;
  if (!hasLooked) return tookMs < LOOK_MS ? WAIT : failed(seen.record, 'NotLooked');
  return lookedAt({ asked, seen, tookMs, lookedMs: runningMs - newest.atRunningMs });
}

/** What a service has done that is to be told from what it does now. Pure. */
export function beforeLook({ lastGood, history, newest }: WarmRecord): Omit<ServiceBefore, 'atRunningMs'> {
  const lastEnd = endText(history);
  return {
    ...(lastGood ? { commit: lastGood.commit, version: lastGood.version } : {}),
    ...(newest ? { lastLook: lookText(newest) } : {}),
    ...(lastEnd === undefined ? {} : { lastEnd }),
  };
}

interface Looked {
  asked: ServiceBefore;
  seen: ServiceSeen & { state: 'There' };
  tookMs: number;
  lookedMs: number;
}

/** It knows the newest releases, and nothing is under way. */
function lookedAt(looked: Looked): ServiceNext {
  const { asked, seen, tookMs } = looked;
  const { newest, lastGood, history } = seen.record;
  const ended = endText(history) === asked.lastEnd ? undefined : history?.[0];
  if (ended?.result === 'RolledBack') return { next: 'End', result: 'RolledBack', ...fromOf(asked), to: ended.version };
  const target = newest?.target;
  if (target !== undefined && target.commit !== lastGood?.commit) return notBegun(looked, target.version);
  const why = notReady(seen.record);
  if (why !== undefined && PASSING.includes(why) && tookMs < UPGRADE_MS) return WAIT;
  return settledAt(looked, why);
}

/** A newer version is to run, and its upgrade has not begun. */
function notBegun({ asked, seen, tookMs, lookedMs }: Looked, to: string): ServiceNext {
  const { record, hasWindow } = seen;
  if (record.waits !== undefined && tookMs < UPGRADE_MS) return WAIT;
  if (lookedMs < BEGIN_MS) return WAIT;
  const why = record.postponed === undefined ? notReady(record) : 'Postponed';
  const versions = { ...fromOf(asked), to };
  if (why !== undefined) return { next: 'End', result: 'Failed', reason: why, ...versions };
  return { next: 'End', result: 'Skipped', reason: hasWindow ? 'Window' : 'NotBegun', ...versions };
}

/** Nothing more comes of it. @param why it is not ready; undefined: it is. */
function settledAt({ asked, seen }: Looked, why: string | undefined): ServiceNext {
  const { newest, lastGood } = seen.record;
  const from = fromOf(asked);
  const isAnother = lastGood !== undefined && lastGood.commit !== asked.commit;
  if (isAnother && why === undefined) return { next: 'End', result: 'Upgraded', ...from, to: lastGood.version };
  if (newest?.latest === undefined) return { next: 'End', result: 'Skipped', reason: 'NeverReleased', ...from };
  if (why !== undefined) return { next: 'End', result: 'Failed', reason: why, ...from };
  if (newest.held) return { next: 'End', result: 'Held', ...from, to: newest.held.version };
  return {
    next: 'End',
    result: 'Current',
    ...(newest.stays === 'PassedOver' ? { reason: 'PassedOver' } : {}),
    ...from,
  };
}

function fromOf({ version }: Looked['asked']): Pick<ServiceEnd, 'from'> {
  return version === undefined ? {} : { from: version };
}

function failed(record: WarmRecord, otherwise: string): ServiceNext {
  return { next: 'End', result: 'Failed', reason: notReady(record) ?? otherwise };
}

function notReady({ conditions = [] }: WarmRecord): string | undefined {
  return conditions.find(({ type, status }) => type === 'Ready' && status === 'False')?.reason;
}

function lookText({ session, atRunningMs }: NonNullable<WarmRecord['newest']>): string {
  return `${session} ${atRunningMs}`;
}

function endText(history: WarmRecord['history']): string | undefined {
  const [last] = history ?? [];
  return last && `${last.time} ${last.result} ${last.version}`;
}
