import type { Alert } from './alert.ts';

/** Somewhere that alerts go. A delivery may be made twice, with the same id: who receives tells by it. */
export interface Sink {
  /** Names the sink over restarts and other orders of the configuration; holds no secret. */
  readonly key: string;
  /** The sink for people; holds no secret. */
  readonly name: string;
  /**
   * Delivers one alert; resolves once it was taken. Has a deadline of its own, and leaves nothing running.
   * @throws CcError `Aborted` on the signal; `Unreachable`, `DeadlineExceeded`, `CommandFailed` or `Misconfigured` where
   * it was not taken: one line, masked, which may be kept and shown. All of them are tried again.
   */
  deliver(alert: Alert, signal: AbortSignal): Promise<void>;
}
