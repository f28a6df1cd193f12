import { keyText } from '../api/kinds.ts';
import { createMask, maskStrings } from '../checks/mask.ts';
import { type Clock, toTime } from '../clock.ts';
import { sha256 } from '../digest.ts';
import type { EventRecord } from '../events/event.ts';
import { appendLine, appendText, readLines } from '../events/line-log.ts';
import { type Log, orWarn } from '../log.ts';
import { Serial } from '../serial.ts';
import { mayBearPassword } from '../url-mask.ts';
import type { StatePaths } from './state-paths.ts';
import type { DecisionRecord, EventInput, StoredObject } from './store.ts';

const EVENTS_LIMIT_BYTES = 1024 * 1024;
const DECISIONS_LIMIT_BYTES = 256 * 1024;
/** Decisions on one object that are kept at once, whoever shows its status. */
const MOST_NOTED = 16;

/** Passwords of URLs are masked here, whoever writes; values of secrets by those who know them. */
const URLS_MASKED = createMask([]);

export type DecisionLine = DecisionRecord & { time: string };

export interface ObjectLogsOptions {
  paths: StatePaths;
  clock: Clock;
  log: Log;
}

/** `events.jsonl` and `decisions.jsonl`. For people: a line that cannot be written is logged and given up. */
export class ObjectLogs {
  readonly #options: ObjectLogsOptions;
  readonly #serial = new Serial();
  /** Digest of the last one, by uid: what it was made from may be long. */
  readonly #lastDecision = new Map<string, string>();
  /** By the key of the object: lines that are still to be kept. */
  readonly #noted = new Map<string, { uid: string; lines: string[] }>();

  constructor(options: ObjectLogsOptions) {
    this.#options = options;
  }

  /** Told in the log as well, one line each: what people look for when they read along. */
  async event(object: StoredObject, event: EventInput): Promise<void> {
    const { kind, name, uid } = object;
    this.#tell(event, keyText(object));
    const line: EventRecord = { time: this.#time(), ...event, object: { kind, name, uid } };
    await this.#appendEvent(this.#options.paths.objectEvents(object), line);
  }

  /** An event of the controller itself. */
  async controllerEvent(event: EventInput): Promise<void> {
    this.#tell(event);
    await this.#appendEvent(this.#options.paths.events, { time: this.#time(), ...event });
  }

  #tell({ type, reason, message }: EventInput, object?: string): void {
    // The runtime logs each failure of a pass.
    if (reason === 'PassFailed' || reason === 'Stalled') return;
    const fields = { ...(object && { object }), reason, detail: URLS_MASKED.text(message) };
    if (type === 'Warning') this.#options.log.warn('event', fields);
    else this.#options.log.info('event', fields);
  }

  /**
   * Noted now, as it is now; kept with the next {@link keepDecisions}, so that a pass appends once: a kill in between takes
   * it. One of another plan than that of the kind, which is made within an act, is kept at once. Left out where it equals
   * the one before.
   */
  async decision(object: StoredObject, { planner, inputs, action }: DecisionRecord): Promise<void> {
    const path = this.#options.paths.decisions(object);
    const text = maskedText({ ...(planner === undefined ? {} : { planner }), inputs, action });
    const digest = sha256(text);
    const before = this.#lastDecision.get(object.uid) ?? (await this.#storedDecision(path));
    if (before === digest) return;
    this.#lastDecision.set(object.uid, digest);
    const lines = this.#note(object, `{"time":"${this.#time()}",${text.slice(1)}\n`);
    if (planner !== undefined || lines >= MOST_NOTED) await this.keepDecisions(object);
  }

  /** Writes what was noted of that object, and of no other that had its name. */
  async keepDecisions(object: StoredObject): Promise<void> {
    const noted = this.#noted.get(keyText(object));
    this.#noted.delete(keyText(object));
    if (noted?.uid !== object.uid) return;
    await this.#append(this.#options.paths.decisions(object), (path) =>
      appendText(path, noted.lines.join(''), DECISIONS_LIMIT_BYTES),
    );
  }

  /** Writes what was noted and waits for what is being written of that object, before its directory is removed. */
  async settle(object: StoredObject): Promise<void> {
    const { paths } = this.#options;
    await this.keepDecisions(object);
    await Promise.all(
      [paths.objectEvents(object), paths.decisions(object)].map((path) => this.#serial.run(path, async () => {})),
    );
  }

  /** @returns how many lines of that object are to be kept. */
  #note(object: StoredObject, line: string): number {
    const before = this.#noted.get(keyText(object));
    const lines = before?.uid === object.uid ? before.lines : [];
    this.#noted.set(keyText(object), { uid: object.uid, lines });
    return lines.push(line);
  }

  async #storedDecision(path: string): Promise<string | undefined> {
    const [last] = await readLines<DecisionLine>(path, 1).catch(() => []);
    if (last === undefined) return undefined;
    const { time: _time, ...decision } = last;
    return sha256(JSON.stringify(decision));
  }

  async #appendEvent(path: string, line: object): Promise<void> {
    await this.#append(path, (place) => appendLine(place, maskStrings(line, URLS_MASKED), EVENTS_LIMIT_BYTES));
  }

  async #append(path: string, append: (path: string) => Promise<void>): Promise<void> {
    await this.#serial.run(path, () => append(path)).catch(orWarn(this.#options.log, 'line not kept', { path }));
  }

  #time(): string {
    return toTime(this.#options.clock.now());
  }
}

/** As JSON, without user and password of any URL; taken apart only where there may be one. */
function maskedText(value: object): string {
  const text = JSON.stringify(value);
  return mayBearPassword(text) ? JSON.stringify(maskStrings(value, URLS_MASKED)) : text;
}
