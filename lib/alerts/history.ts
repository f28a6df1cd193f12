import { sha256 } from '../digest.ts';
import { agoMs } from '../store/running-time.ts';
import type { Alert, AlertFacts, FailureReason } from './alert.ts';

/** How long the same failure is muted, in running time: reminded of once a day. */
export const REMIND_MS = 86_400_000;
/** So many repairs in {@link FLAP_WINDOW_MS}, and the app is left alone. */
export const FLAP_REPAIRS = 5;
/** Milliseconds of running time. */
export const FLAP_WINDOW_MS = 300_000;
/** Failures and ids that are remembered; older ones are told anew. */
const MOST_FAILURES = 50;
const MOST_IDS = 50;

/** A failure that people were told of and that is not over. */
interface ToldFailure {
  reason: FailureReason;
  /** Id of the alert that told it first. */
  first: string;
  /** Id of the alert that told it last: the first one or a reminder. */
  last: string;
  /** Running time when it was told last, milliseconds. */
  toldMs: number;
  /** Ids since then that were muted, the newest ones. */
  mutedIds: readonly string[];
  /** How many they were. */
  muted: number;
}

interface Repair {
  id: string;
  /** Running time, milliseconds. */
  atMs: number;
}

/** What was told of one object and done for it; survives a restart. */
export interface History {
  /** By {@link failureKey}. */
  failures: Readonly<Record<string, ToldFailure>>;
  repairs: readonly Repair[];
  /** It is left alone until somebody says otherwise. */
  flapping: boolean;
}

export const NO_HISTORY: History = { failures: {}, repairs: [], flapping: false };

/** Something that people may have to be told. */
export type Happening =
  | { sort: 'Failure'; id: string; reason: FailureReason; failure: string }
  /** `of`: the failures that are over. */
  | { sort: 'Recovery'; id: string; of: readonly FailureReason[] };

export type Decision =
  /** `recovers`: ids of the alerts that are taken back; empty for a failure. */
  | { act: 'Tell'; recovers: readonly string[] }
  | { act: 'Remind'; reminds: NonNullable<Alert['reminds']> }
  | { act: 'Mute' };

/** What makes two failures of an object the same: reason, version and cause, whatever the operation and the words. Pure. */
export function failureKey(reason: FailureReason, { attempted, reason: cause, held = [] }: AlertFacts): string {
  const rules = held.map(({ code }) => code).sort();
  return sha256(JSON.stringify([reason, attempted?.version ?? '', attempted?.commit ?? '', cause ?? '', ...rules]));
}

/**
 * What to do about a happening: a failure is told, the same one again is muted and reminded of once a day of running
 * time, a recovery is told once, if a failure was. An id that was told is told by itself again, which changes nothing.
 * Where running time was lost, rather too much is told. Pure.
 */
export function decide(history: History, happening: Happening, nowMs: number): Decision {
  if (happening.sort === 'Recovery') {
    const recovers = over(history, happening.of).map(([, { first }]) => first);
    return recovers.length > 0 ? { act: 'Tell', recovers } : { act: 'Mute' };
  }
  const told = history.failures[happening.failure];
  if (told === undefined || happening.id === told.first) return { act: 'Tell', recovers: [] };
  const reminds = { id: told.first, muted: told.muted };
  const isDue = agoMs(told.toldMs, nowMs) >= REMIND_MS;
  return isDue || happening.id === told.last ? { act: 'Remind', reminds } : { act: 'Mute' };
}

/** The history once the decision was carried out. Pure; idempotent for the same happening at the same time. */
export function afterDecision(history: History, happening: Happening, decision: Decision, nowMs: number): History {
  if (happening.sort === 'Recovery') {
    const gone = over(history, happening.of).map(([failure]) => failure);
    const failures = Object.entries(history.failures).filter(([failure]) => !gone.includes(failure));
    return { ...history, failures: Object.fromEntries(failures) };
  }
  const { failure, reason, id } = happening;
  const told = history.failures[failure];
  const next = toldAfter(told, { reason, id, decision, nowMs });
  if (next === told) return history;
  const { [failure]: _, ...others } = history.failures;
  const newest = Object.entries({ ...others, [failure]: next }).slice(-MOST_FAILURES);
  return { ...history, failures: Object.fromEntries(newest) };
}

interface Carried {
  reason: FailureReason;
  id: string;
  decision: Decision;
  nowMs: number;
}

function toldAfter(told: ToldFailure | undefined, { reason, id, decision, nowMs }: Carried): ToldFailure {
  const fresh = { reason, last: id, toldMs: nowMs, mutedIds: [], muted: 0 };
  if (told === undefined) return { ...fresh, first: id };
  if (id === told.first || id === told.last || told.mutedIds.includes(id)) {
    // A count that was lost must not keep the reminder for longer than a day of what is counted now.
    const isLost = agoMs(told.toldMs, nowMs) === Number.POSITIVE_INFINITY;
    const isReminded = decision.act === 'Remind' && id !== told.last;
    if (isReminded) return { ...fresh, first: told.first };
    return isLost ? { ...told, toldMs: nowMs } : told;
  }
  if (decision.act !== 'Mute') return { ...fresh, first: told.first };
  return { ...told, mutedIds: [...told.mutedIds, id].slice(-MOST_IDS), muted: told.muted + 1 };
}

/** The failures of these reasons that were told. */
function over({ failures }: History, reasons: readonly FailureReason[]): [string, ToldFailure][] {
  return Object.entries(failures).filter(([, { reason }]) => reasons.includes(reason));
}

/** Whether a repair may be made. `fifth`: id of the last of those that were too many, which names the flapping. */
export type RepairDecision = { act: 'Repair' } | { act: 'LeaveAlone'; fifth?: string };

/** After five repairs in five minutes of running time the app is left alone. The same id again is the same repair. Pure. */
export function decideRepair(history: History, id: string, nowMs: number): RepairDecision {
  if (history.flapping) return { act: 'LeaveAlone' };
  const recent = recentRepairs(history, nowMs);
  if (recent.some((repair) => repair.id === id)) return { act: 'Repair' };
  const fifth = recent.at(-1);
  return recent.length < FLAP_REPAIRS || fifth === undefined
    ? { act: 'Repair' }
    : { act: 'LeaveAlone', fifth: fifth.id };
}

/** The history with a repair that is about to be made, or with the app left alone. Pure, idempotent. */
export function afterRepair(history: History, id: string, { act }: RepairDecision, nowMs: number): History {
  if (act === 'LeaveAlone') return { ...history, repairs: [], flapping: true };
  const recent = recentRepairs(history, nowMs);
  const repairs = recent.some((repair) => repair.id === id) ? recent : [...recent, { id, atMs: nowMs }];
  return { ...history, repairs };
}

function recentRepairs({ repairs }: History, nowMs: number): Repair[] {
  return repairs.filter(({ atMs }) => agoMs(atMs, nowMs) < FLAP_WINDOW_MS);
}
