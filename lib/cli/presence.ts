import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { readJson } from '../fs/read-json.ts';
import { STATE_FORMAT } from '../store/state-format.ts';
import { type CliEnvironment, CommandError, EXIT, say, usageError } from './environment.ts';
import { shortSpan } from './print/age.ts';

/** `<state>/controller.json`, written by the controller every few seconds; no proof, but what people go by. */
export interface ControllerFile {
  specDirectory: string;
  stateDirectory: string;
  platform: string;
  pid: number;
  /** RFC 3339. */
  heartbeat: string;
  version: string;
  /** Of the state directory, see `STATE_FORMAT`; absent: the first one. */
  format?: number;
  /** Where it writes the status page, absolute, and the public address of that, with a slash at its end. */
  site?: { directory: string; url?: string };
  /** Directory below which it has the cgroups of its processes; absent: it has none. */
  cgroups?: string;
  /** Fields of the configuration that its file says otherwise than this process goes by, and only a restart takes; absent: none. */
  needsRestart?: readonly string[];
  /** The same of fields that a reload takes. */
  needsReload?: readonly string[];
  /** RFC 3339. */
  startTime: string;
  /** RFC 3339; present after a graceful stop. */
  stopTime?: string;
}

/** Heartbeats come every 5 s; three missed ones mean that the controller hangs or is on a machine that is down. */
const HEARTBEAT_LIMIT_MS = 15_000;

/** The controller file; undefined where no controller has ever run on this state directory, or the file is damaged. */
export async function readControllerFile(stateDirectory: string): Promise<ControllerFile | undefined> {
  return await orNothing(readJson<ControllerFile>(join(stateDirectory, 'controller.json')), 'Damaged');
}

/**
 * `cc-controller is not running (last heard of 3m ago)`, or undefined while it runs, by its heartbeat and process id. A
 * clock that went back does not make a controller absent. Without a fresh heartbeat, but with its process there, it is not
 * called stopped: it cannot write, or hangs.
 */
export function absenceOf(environment: CliEnvironment, file: ControllerFile | undefined): string | undefined {
  const awayMs = Math.max(0, environment.clock.now() - Date.parse(file?.heartbeat ?? ''));
  if (!file || Number.isNaN(awayMs)) return 'cc-controller is not running (it never ran on this state directory)';
  const fresh = awayMs <= HEARTBEAT_LIMIT_MS;
  const lives = file.stopTime === undefined && environment.isProcessAlive(file.pid);
  if (fresh && lives) return undefined;
  const since = `(last heard of ${shortSpan(awayMs)} ago)`;
  if (!lives) return `cc-controller is not running ${since}`;
  return `cc-controller gives no sign of life ${since}, though there is a process ${file.pid}: is ${file.stateDirectory} full or read-only? See its log`;
}

/** @throws CommandError (exit 2) where a newer version works on the state directory, whose files mean what we do not know. */
export async function assertKnownFormat(stateDirectory: string): Promise<void> {
  const { format = STATE_FORMAT, version } = (await readControllerFile(stateDirectory)) ?? {};
  if (format <= STATE_FORMAT) return;
  throw usageError(
    `${stateDirectory} has format ${format}, which cc-controller ${version} wrote; this ccctl knows ${STATE_FORMAT}`,
    'Use the ccctl of that version. Nothing was changed.',
  );
}

/** Says on standard error since when the controller has been away, if it is. @returns whether it runs. */
export async function notePresence(environment: CliEnvironment, stateDirectory: string): Promise<boolean> {
  const absence = absenceOf(environment, await readControllerFile(stateDirectory));
  if (absence) say(environment, `ccctl: ${absence}; what you see may be out of date`);
  return absence === undefined;
}

/** For verbs that need a running controller. @throws CommandError (exit 6) where none runs. */
export async function requireController(environment: CliEnvironment, stateDirectory: string): Promise<void> {
  const absence = absenceOf(environment, await readControllerFile(stateDirectory));
  if (absence)
    throw new CommandError(EXIT.NotRunning, absence, {
      remedy: `Start it: cc-controller --state-directory ${stateDirectory}. Nothing was changed.`,
    });
}

/** How long a following command bears a controller that went away: it may be restarting. */
const RESTART_GRACE_MS = 30_000;

/** Watches over the controller while a command follows an object. */
export class PresenceWatch {
  readonly #environment: CliEnvironment;
  readonly #stateDirectory: string;
  #seen = false;
  #absentSinceMs: number | undefined;

  constructor(environment: CliEnvironment, stateDirectory: string) {
    this.#environment = environment;
    this.#stateDirectory = stateDirectory;
  }

  /**
   * Says once that the controller went away.
   * @throws CommandError (exit 6) where it was not there at the first look, or stays away.
   */
  async check(): Promise<void> {
    const absence = absenceOf(this.#environment, await readControllerFile(this.#stateDirectory));
    if (!absence) {
      this.#seen = true;
      this.#absentSinceMs = undefined;
      return;
    }
    const nowMs = this.#environment.clock.monotonicMs();
    if (this.#absentSinceMs === undefined && this.#seen) say(this.#environment, `ccctl: ${absence}; waiting for it`);
    this.#absentSinceMs ??= nowMs;
    if (this.#seen && nowMs - this.#absentSinceMs < RESTART_GRACE_MS) return;
    throw new CommandError(EXIT.NotRunning, absence, {
      remedy: `Start it: cc-controller --state-directory ${this.#stateDirectory}.`,
    });
  }
}
