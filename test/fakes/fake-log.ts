import type { Log, LogFields } from '../../lib/log.ts';

/** Keeps what is logged. */
export class FakeLog implements Log {
  readonly lines: { level: keyof Log; message: string; fields: LogFields }[] = [];

  debug = (message: string, fields: LogFields = {}): void => this.#keep('debug', message, fields);
  info = (message: string, fields: LogFields = {}): void => this.#keep('info', message, fields);
  warn = (message: string, fields: LogFields = {}): void => this.#keep('warn', message, fields);
  error = (message: string, fields: LogFields = {}): void => this.#keep('error', message, fields);

  /** The levels of what was logged since the last call of this. */
  take(): string[] {
    return this.lines.splice(0).map(({ level }) => level);
  }

  #keep(level: keyof Log, message: string, fields: LogFields): void {
    this.lines.push({ level, message, fields });
  }
}
