import type { Assignment, ServiceManager } from '../../lib/service-manager/service-manager.ts';

/** Keeps what it is told. */
export class FakeServiceManager implements ServiceManager {
  readonly watchdogMs?: number;
  readonly calls: string[] = [];
  /** The next messages are not taken. */
  failNext = 0;

  constructor(watchdogMs?: number) {
    if (watchdogMs !== undefined) this.watchdogMs = watchdogMs;
  }

  notify = async (...assignments: readonly Assignment[]): Promise<boolean> => {
    this.failNext -= 1;
    if (this.failNext >= 0) return false;
    this.calls.push(assignments.join(' '));
    return true;
  };

  /** What was told since the last call of this. */
  take(): string[] {
    return this.calls.splice(0);
  }
}
