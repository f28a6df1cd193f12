import { commandOf } from './command.ts';
import type { ForgeComment } from './forge.ts';
import { type Command, commandId, type TriggerRecord } from './trigger-record.ts';

/** What a listing brought. */
export interface Listing {
  comments: readonly ForgeComment[];
  /** The forge's clock when it began, RFC 3339. */
  time: string;
}

/**
 * The record with the commands of a listing that were not known, in the order in which they were written; with
 * `Mark` they are known from now on and start nothing. The listing may bring anything again: what is known stays. Pure.
 */
export function withListing(record: TriggerRecord, listing: Listing, as: 'New' | 'Mark'): TriggerRecord {
  const known = new Set([...record.seen, ...record.commands.map(({ id }) => id)]);
  const fresh = listing.comments.flatMap(newCommand).filter(({ id }) => !known.has(id));
  const unique = [...new Map(fresh.map((command) => [command.id, command])).values()];
  const times = listing.comments.filter(({ kind }) => kind === 'Comment').map(({ updatedTime }) => updatedTime);
  const since = latest([...times, ...(record.since === undefined ? [] : [record.since])]) ?? listing.time;
  const moved = { ...record, since, clock: listing.time, enrolled: true };
  if (as === 'Mark') return { ...moved, seen: [...record.seen, ...unique.map(({ id }) => id)] };
  return { ...moved, commands: [...record.commands, ...unique.toSorted(byTime)] };
}

/**
 * Since when to ask: undefined, everything, at first and where the forge's clock went back, by which a new comment may
 * look older than what is known. Pure.
 */
export function askSince({ since, clock }: TriggerRecord, now: string | undefined): string | undefined {
  if (since === undefined) return undefined;
  const wentBack = now !== undefined && clock !== undefined && Date.parse(now) < Date.parse(clock) - SLACK_MS;
  return wentBack ? undefined : since;
}

/** Whole seconds, and servers of one forge that are not quite in step. */
const SLACK_MS = 5_000;

function newCommand(comment: ForgeComment): Command[] {
  const mode = commandOf(comment.body);
  if (mode === undefined || comment.pull === undefined) return [];
  const { id: number, kind, pull, author, url, createdTime: time } = comment;
  return [{ id: commandId(comment), comment: number, kind, pull, author, mode, url, time, state: 'New' }];
}

function byTime(a: Command, b: Command): number {
  return Date.parse(a.time) - Date.parse(b.time) || a.comment - b.comment;
}

/** The latest of the times, in whole seconds of UTC. */
function latest(times: readonly string[]): string | undefined {
  const known = times.map((time) => Date.parse(time)).filter((ms) => Number.isFinite(ms));
  if (known.length === 0) return undefined;
  return new Date(Math.floor(Math.max(...known) / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
