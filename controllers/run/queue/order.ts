import { type QueuedRun, RUN_SOURCES } from './queued-run.ts';

/** After so long a run counts one rank higher, milliseconds; after that for each rank below a person's it is one of these. */
const AGEING_MS = 30 * 60_000;
/** A run that waited so long is passed by none that came later, milliseconds. */
const OVERDUE_MS = AGEING_MS * (RUN_SOURCES.length - 1);

type Waiting = Pick<QueuedRun, 'source' | 'createdMs' | 'name'>;

/** Those that wait, the next to start first: by rank, of one rank the oldest. Pure; `nowMs` since the epoch. */
export function inOrder<Run extends Waiting>(waiting: readonly Run[], nowMs: number): Run[] {
  const ranked = waiting.map((run) => ({ run, rank: rankOf(run, nowMs) }));
  ranked.sort((a, b) => a.rank - b.rank || a.run.createdMs - b.run.createdMs || (a.run.name < b.run.name ? -1 : 1));
  return ranked.map(({ run }) => run);
}

/** Whether the run has waited so long that nobody who came later goes ahead of it, whatever it waits for. Pure. */
export function isOverdue(run: Pick<Waiting, 'createdMs'>, nowMs: number): boolean {
  return nowMs - run.createdMs >= OVERDUE_MS;
}

/** 0 goes first. */
function rankOf(run: Waiting, nowMs: number): number {
  const gained = Math.floor(Math.max(0, nowMs - run.createdMs) / AGEING_MS);
  return Math.max(0, RUN_SOURCES.indexOf(run.source) - gained);
}

/**
 * Since when the run waits, as it counts where those of all ranks stand in one line: each rank below a person's is worth
 * the time in which a run gains one. Milliseconds since the epoch. Pure.
 */
export function waitingSinceMs({ source, createdMs }: Pick<Waiting, 'source' | 'createdMs'>): number {
  return createdMs + RUN_SOURCES.indexOf(source) * AGEING_MS;
}
