import type { Clock } from '../../lib/clock.ts';
import { type Log, orWarn } from '../../lib/log.ts';
import type { EventInput } from '../../lib/store/store.ts';
import { withoutSteering } from '../../lib/terminal-text.ts';

export interface StrangersOptions {
  clock: Clock;
  log: Log;
  event(event: EventInput): Promise<void>;
}

/** The same repository is told of so often, milliseconds. */
const AGAIN_MS = 3_600_000;
/** So many repositories are remembered. */
const MOST = 1_000;

/** Says of repositories that nobody enrolled that their deliveries start nothing: once an hour each, never silence. */
export class Strangers {
  readonly #options: StrangersOptions;
  readonly #told = new Map<string, number>();

  constructor(options: StrangersOptions) {
    this.#options = options;
  }

  tell(repository: string): void {
    const { clock, log, event } = this.#options;
    const nowMs = clock.monotonicMs();
    const before = this.#told.get(repository);
    if (before !== undefined && nowMs - before < AGAIN_MS) return;
    if (this.#told.size >= MOST) this.#told.clear();
    this.#told.set(repository, nowMs);
    const message = `a delivery of ${oneLineOf(repository)} starts nothing: no Canonical names it in spec.trigger`;
    log.warn(message);
    void event({ type: 'Warning', reason: 'NotEnrolled', message }).catch(orWarn(log, 'an event could not be written'));
  }
}

/** One line, nothing that steers, not too long. */
function oneLineOf(text: string): string {
  return withoutSteering(text.replaceAll(/\s+/g, ' ')).slice(0, 200);
}
