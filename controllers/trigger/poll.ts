import type { ForgeComment, PullRequest } from '../../lib/forge/forge.ts';
import { askSince, withListing } from '../../lib/forge/taken.ts';
import { newTriggerRecord } from '../../lib/forge/trigger-record.ts';
import type { TriggerPass } from './services.ts';

/**
 * Takes the commands that are new into the record, durably, and what became of the pull requests. At first, and where the
 * repository comes back, what lies there is only marked. @throws ForgeFault; the record is as it was then.
 */
export async function poll(pass: TriggerPass): Promise<void> {
  const { record, save } = pass;
  const as = record.enrolled ? 'New' : 'Mark';
  const since = as === 'Mark' ? undefined : record.since;
  const first = await list(pass, since);
  const again = as === 'New' && since !== undefined && askSince(record, first.time) === undefined;
  const { comments, time } = again ? await list(pass, undefined) : first;
  const pulls = await pass.services.forge.openPulls(pass.repository, pass.signal);
  const isDue = areAllDue(record.allReviewed, time);
  const reviews = await newReviews(pass, pulls, isDue ? 'All' : 'Changed');
  const before = record.commands.length + record.seen.length;
  Object.assign(record, withListing(record, { comments: [...comments, ...reviews], time }, as));
  if (isDue) record.allReviewed = time;
  record.reviewed = Object.fromEntries(pulls.map(({ number, updatedTime }) => [number, updatedTime]));
  for (const { number, head } of pulls) {
    const memory = record.pulls[number];
    if (memory !== undefined) memory.head = head.commit;
  }
  await save();
  if (as === 'Mark') await tellEnrolled(pass, record.commands.length + record.seen.length - before);
}

async function list({ services, repository, signal }: TriggerPass, since: string | undefined) {
  return await services.forge.comments(repository, since, signal);
}

/** Bodies of reviews are in no listing of comments: those of the pull requests that changed are asked for. */
async function newReviews(
  { services, record, repository, signal }: TriggerPass,
  pulls: readonly PullRequest[],
  which: 'All' | 'Changed',
): Promise<ForgeComment[]> {
  const found: ForgeComment[] = [];
  for (const { number, updatedTime } of pulls) {
    if (which === 'Changed' && record.reviewed[number] === updatedTime && !isFresh(updatedTime, record.clock)) continue;
    found.push(...(await services.forge.reviewsOf(repository, number, signal)));
  }
  return found;
}

/** A time in whole seconds does not tell two changes of one second apart: it is looked at until that second is over. */
function isFresh(updatedTime: string, clock: string | undefined): boolean {
  return clock === undefined || Date.parse(clock) - Date.parse(updatedTime) < FRESH_MS;
}

const FRESH_MS = 5_000;

/** Whether a review changes the time of its pull request is up to the forge: now and then all are asked for theirs. */
function areAllDue(before: string | undefined, time: string): boolean {
  return before === undefined || Math.abs(Date.parse(time) - Date.parse(before)) >= ALL_EVERY_MS;
}

const ALL_EVERY_MS = 600_000;

async function tellEnrolled({ repository, tell }: TriggerPass, marked: number): Promise<void> {
  const older = marked === 0 ? '' : `; ${marked} ${marked === 1 ? 'command' : 'commands'} of before start nothing`;
  const message = `pull requests of ${repository} are watched${older}`;
  await tell({ type: 'Normal', reason: 'TriggerEnrolled', message });
}

/** What is kept of a repository that nobody names any more, so that nothing of meanwhile starts when it comes back. */
export function leave(record: TriggerPass['record']): void {
  const { since: _, clock: __, ...fresh } = newTriggerRecord(record.forge, record.repository);
  const seen = [...record.seen, ...record.commands.filter(({ state }) => state !== 'Accepted').map(({ id }) => id)];
  const commands = record.commands.filter(({ state }) => state === 'Accepted');
  delete record.since;
  delete record.clock;
  delete record.allReviewed;
  Object.assign(record, { ...fresh, pulls: record.pulls, seen, commands });
}
