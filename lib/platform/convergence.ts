import type { AppObservation, HostLack, ServiceObservation, TaskObservation } from './platform.ts';

/** Why an app will not come up by waiting longer. */
export type FailureReason =
  | 'CrashLoop'
  | 'TaskRejected'
  | 'Unplaceable'
  | 'RolledBack'
  | 'ExitedForGood'
  | 'MissingOnHost'
  | 'ChangedByOthers';

/** Verdict over one observation. Texts hold no times and no counters, so that a status made of them does not flap. */
export type Convergence =
  | { state: 'Up' }
  /** Settling: all wanted tasks run, and some of them may end by themselves. */
  | { state: 'Converging'; waitingFor: string; settling?: true }
  | { state: 'Failed'; reason: FailureReason; service?: string; message: string; exitCode?: number };

type Failed = Convergence & { state: 'Failed' };

export interface ConvergenceWindow {
  /** When the spec was applied, milliseconds since the epoch; tasks that ended before are old news. */
  sinceMs: number;
  /** Milliseconds since the epoch. */
  now: number;
  /**
   * Start (default): the app is coming up. Verdict: it was up, and is looked at for the last time; a service that ended
   * again and again, and runs now, is judged by that.
   */
  moment?: 'Start' | 'Verdict';
}

/**
 * How long a task that may end by itself is given to do so from its start, milliseconds: nothing tells a one-shot that
 * still works from a service without port, route and health check.
 */
const ONE_SHOT_WAIT_MS = { Start: 10_000, Verdict: 30_000 } as const;

/** A service with such a delay between its tasks, milliseconds, is one that runs now and then: its ends are no crashes. */
const PERIODIC_DELAY_MS = 15_000;

/** So many ends of current tasks within {@link CRASH_LOOP_WINDOW_MS} are a crash loop. */
const CRASH_LOOP_EXITS = 3;

/** Milliseconds, back from now; what the recipe has ended tasks wait before the next is no part of them. */
const CRASH_LOOP_WINDOW_MS = 60_000;

/**
 * An engine keeps an unplaceable task pending for ever; after so many milliseconds it counts as failed. Long enough for
 * a place or a port that another app is just leaving (about 10 s on Docker Swarm).
 */
export const UNPLACEABLE_AFTER_MS = 15_000;

/**
 * Whether the app is up: every service has its wanted tasks running of the current specification, or ended well where
 * they may, and no update is in flight; a rollback by the engine is a failure as soon as it begins. A task that may end
 * by itself is waited for, see {@link ONE_SHOT_WAIT_MS}. A failure of any service wins over waiting for another; what
 * somebody else did to the app wins over all, since it explains the rest. Pure; health probes are not part of it.
 */
export function convergence(observation: AppObservation, window: ConvergenceWindow): Convergence {
  if (observation.changedByOthers !== undefined)
    return { state: 'Failed', reason: 'ChangedByOthers', message: observation.changedByOthers };
  if (!observation.deployed) return { state: 'Converging', waitingFor: 'the deployment' };
  if (observation.services.length === 0) return { state: 'Converging', waitingFor: 'services' };
  const verdicts = observation.services
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((service) => serviceVerdict(service, window));
  return verdicts.find((verdict) => verdict.state === 'Failed') ?? allConverging(verdicts) ?? { state: 'Up' };
}

/** All that is waited for; what may end by itself is told only when it is all. */
function allConverging(verdicts: readonly Convergence[]): Convergence | undefined {
  const converging = verdicts.filter((verdict) => verdict.state === 'Converging');
  const starting = converging.filter((verdict) => !verdict.settling);
  const [first, ...others] = starting.length > 0 ? starting : converging;
  return first && { ...first, waitingFor: [first, ...others].map(({ waitingFor }) => waitingFor).join('; ') };
}

function serviceVerdict(service: ServiceObservation, window: ConvergenceWindow): Convergence {
  if (service.update === 'RollingBack' || service.update === 'RolledBack') {
    // Its end need not be waited for: the engine has given the update up.
    const cause = causeOfRollback(service, window);
    if (cause?.hostLacks !== undefined) return lacking(service, cause.hostLacks, cause);
    return failed(service, 'RolledBack', 'the engine takes the update back', cause);
  }
  const tasks = service.tasks.filter(
    (task) => task.current && (isCompleted(service, task) || !endedBefore(task, window.sinceMs)),
  );
  const failure = service.replicas > 0 ? failureOf(service, tasks, window) : undefined;
  if (failure) return failure;
  if (service.update === 'Updating')
    return { state: 'Converging', waitingFor: `service ${service.name}: update in flight` };
  const done = tasks.filter((task) => task.state === 'Running' || isCompleted(service, task)).length;
  if (done < service.replicas)
    return { state: 'Converging', waitingFor: `service ${service.name}: ${hindranceOf(service, tasks)}` };
  if (service.replicas === 0 || !tasks.some((task) => mayEndSoon(service, task, window))) return { state: 'Up' };
  const waitingFor = `service ${service.name}: it may be a one-shot that has not ended yet`;
  return { state: 'Converging', waitingFor, settling: true };
}

/** What the newest task that does not run is about. */
function hindranceOf(service: ServiceObservation, tasks: readonly TaskObservation[]): string {
  const task = tasks.find((one) => one.state !== 'Running' && !isCompleted(service, one));
  const words = task?.message === undefined ? '' : `: ${task.message}`;
  if (task?.state === 'Starting') return task.message ?? 'its task is starting';
  if (task?.state === 'Unplaceable') return `no node can run it yet${words}`;
  if (task?.state === 'Exited' || task?.state === 'Rejected')
    return `its task ended and is to be started again${words}`;
  return 'wanted tasks are not running';
}

function mayEndSoon(service: ServiceObservation, task: TaskObservation, window: ConvergenceWindow): boolean {
  if (task.state !== 'Running' || service.restart === 'Always' || service.serves === true) return false;
  const { startedAt = window.sinceMs } = task;
  // A node whose clock is ahead does not make the wait longer.
  const since = startedAt > window.now ? window.sinceMs : startedAt;
  return window.now - since < ONE_SHOT_WAIT_MS[window.moment ?? 'Start'];
}

/** The task whose end made the engine give up; it is not of the current spec any more. */
function causeOfRollback({ tasks }: ServiceObservation, { sinceMs }: ConvergenceWindow): TaskObservation | undefined {
  return tasks.find((task) => isEnd(task) && task.message !== undefined && !endedBefore(task, sinceMs));
}

function failureOf(
  service: ServiceObservation,
  tasks: readonly TaskObservation[],
  window: ConvergenceWindow,
): Convergence | undefined {
  const ends = tasks.filter((task) => isEnd(task) && !isCompleted(service, task));
  const last = ends[0];
  if (last?.hostLacks !== undefined && !isServed(service, tasks)) return lacking(service, last.hostLacks, last);
  if (last && service.restart === 'Never')
    return failed(service, last.state === 'Rejected' ? 'TaskRejected' : 'ExitedForGood', 'may not restart', last);
  const recovered = window.moment === 'Verdict' && service.restart === 'Always' && isServed(service, tasks);
  const since = window.now - CRASH_LOOP_WINDOW_MS - CRASH_LOOP_EXITS * (service.restartDelayMs ?? 0);
  const recent = ends.filter((task) => endOf(task, window.now) > since);
  if (last && !recovered && recent.length >= exitsOfALoop(service, tasks))
    return failed(service, last.state === 'Rejected' ? 'TaskRejected' : 'CrashLoop', 'ends again and again', last);
  const newest = tasks[0];
  if (newest?.state !== 'Unplaceable') return undefined;
  const pendingSince = Math.max(newest.startedAt ?? window.sinceMs, window.sinceMs);
  if (window.now - pendingSince < UNPLACEABLE_AFTER_MS) return undefined;
  return failed(service, 'Unplaceable', 'no node can run it', newest);
}

function isServed({ replicas }: ServiceObservation, tasks: readonly TaskObservation[]): boolean {
  return tasks.filter(({ state }) => state === 'Running').length >= replicas;
}

/** An engine that paused the update has judged the first end already; a healthy service stays paused, too, for ever. */
function exitsOfALoop({ update }: ServiceObservation, tasks: readonly TaskObservation[]): number {
  const runs = tasks.some(({ state }) => state === 'Running');
  return update === 'Paused' && !runs ? CRASH_LOOP_EXITS - 1 : CRASH_LOOP_EXITS;
}

function failed(service: ServiceObservation, reason: FailureReason, what: string, task?: TaskObservation): Failed {
  const words = task?.message ? `: ${task.message}` : '';
  return {
    state: 'Failed',
    reason,
    service: service.name,
    message: `service ${service.name}: ${what}${words}`,
    ...(task?.exitCode === undefined ? {} : { exitCode: task.exitCode }),
  };
}

/** No waiting and no other version gives the host what it lacks. */
function lacking(service: ServiceObservation, { what, remedy }: HostLack, task: TaskObservation): Convergence {
  const end = failed(service, 'MissingOnHost', `the host of the engine lacks ${what}`, task);
  return { ...end, message: `${end.message}. ${remedy}` };
}

/** A one-shot, or one of the runs of a periodic service, that did its work: it counts as up, not as an end. */
function isCompleted({ restart, restartDelayMs = 0 }: ServiceObservation, task: TaskObservation): boolean {
  const mayEnd = restart !== 'Always' || restartDelayMs >= PERIODIC_DELAY_MS;
  return mayEnd && task.state === 'Exited' && task.exitCode === 0;
}

function isEnd(task: TaskObservation): boolean {
  return task.state === 'Exited' || task.state === 'Rejected';
}

function endOf(task: TaskObservation, otherwise: number): number {
  return task.endedAt ?? task.startedAt ?? otherwise;
}

function endedBefore(task: TaskObservation, sinceMs: number): boolean {
  return isEnd(task) && endOf(task, sinceMs) < sinceMs;
}
