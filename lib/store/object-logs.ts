import { keyText, type ObjectKey } from '../api/kinds.ts';
import { createMask, maskStrings } from '../checks/mask.ts';
import { type Clock, toTime } from '../clock.ts';
import { sha256 } from '../digest.ts';
import type { EventRecord } from '../events/event.ts';
import { appendLine, readLines } from '../events/line-log.ts';
import { type Log, orWarn } from '../log.ts';
import { Serial } from '../serial.ts';
import type { StatePaths } from './state-paths.ts';
import type { DecisionRecord, EventInput, StoredObject } from './store.ts';

const EVENTS_LIMIT_BYTES = 1024 * 1024;
const DECISIONS_LIMIT_BYTES = 256 * 1024;

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

  constructor(options: ObjectLogsOptions) {
    this.#options = options;
  }

  /** Told in the log as well, one line each: what people look for when they read along. */
  async event(object: StoredObject, event: EventInput): Promise<void> {
    const { kind, name, uid } = object;
    this.#tell(event, keyText(object));
    const line: EventRecord = { time: this.#time(), ...event, object: { kind, name, uid } };
    await this.#append(this.#options.paths.objectEvents(object), line, EVENTS_LIMIT_BYTES);
  }

  /** An event of the controller itself. */
  async controllerEvent(event: EventInput): Promise<void> {
    this.#tell(event);
    await this.#append(this.#options.paths.events, { time: this.#time(), ...event }, EVENTS_LIMIT_BYTES);
  }

  #tell({ type, reason, message }: EventInput, object?: string): void {
    // The runtime logs each failure of a pass.
    if (reason === 'PassFailed' || reason === 'Stalled') return;
    const fields = { ...(object && { object }), reason, detail: URLS_MASKED.text(message) };
    if (type === 'Warning') this.#options.log.warn('event', fields);
    else this.#options.log.info('event', fields);
  }

  /** Left out where it equals the one before. */
  async decision(object: StoredObject, { planner, inputs, action }: DecisionRecord): Promise<void> {
    const path = this.#options.paths.decisions(object);
    const decision = { ...(planner === undefined ? {} : { planner }), inputs, action };
    const digest = sha256(JSON.stringify(decision));
    const before = this.#lastDecision.get(object.uid) ?? (await this.#storedDecision(path));
    if (before === digest) return;
    this.#lastDecision.set(object.uid, digest);
    await this.#append(path, { time: this.#time(), ...decision }, DECISIONS_LIMIT_BYTES);
  }

  /** Waits for what is being written of that object, before its directory is removed. */
  async settle(key: ObjectKey): Promise<void> {
    const { paths } = this.#options;
    await Promise.all(
      [paths.objectEvents(key), paths.decisions(key)].map((path) => this.#serial.run(path, async () => {})),
    );
  }

  async #storedDecision(path: string): Promise<string | undefined> {
    const [last] = await readLines<DecisionLine>(path, 1).catch(() => []);
    if (last === undefined) return undefined;
    const { time: _time, ...decision } = last;
    return sha256(JSON.stringify(decision));
  }

  async #append(path: string, line: unknown, limitBytes: number): Promise<void> {
    const append = () => appendLine(path, maskStrings(line, URLS_MASKED), limitBytes);
    await this.#serial.run(path, append).catch(orWarn(this.#options.log, 'line not kept', { path }));
  }

  #time(): string {
    return toTime(this.#options.clock.now());
  }
}
