import { createLogger, format, transports } from 'winston';
import { mapValues } from './api/objects.ts';
import { explainError } from './errors.ts';
import { escapeSteering, withoutSteering } from './terminal-text.ts';
import { maskUrls } from './url-mask.ts';

export type LogFields = Record<string, string | number | boolean | undefined>;

/** Structured log. Messages are fixed phrases; what varies goes into the fields. Never a secret value. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogOptions {
  level: 'debug' | 'info' | 'warn' | 'error';
  /** `text` for people, `json` one object a line. */
  form: 'text' | 'json';
}

/** A log on standard error. */
export function createLog(options: LogOptions): Log {
  const text = format.printf(({ level, message, timestamp, ...fields }) => {
    const rest = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}=${/[\s"]/.test(String(value)) ? JSON.stringify(value) : String(value)}`);
    return withoutSteering([timestamp, level.toUpperCase().padEnd(5), message, ...rest].join(' '));
  });
  const json = format.printf((entry) => escapeSteering(JSON.stringify(entry)));
  const logger = createLogger({
    level: options.level,
    format: format.combine(format.timestamp(), options.form === 'json' ? json : text),
    transports: [new transports.Console({ stderrLevels: ['debug', 'info', 'warn', 'error'] })],
  });
  const at =
    (level: LogOptions['level']) =>
    (message: string, fields: LogFields = {}): void => {
      logger.log({ ...withoutPasswords(fields), level, message: maskUrls(message) });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function withoutPasswords(fields: LogFields): LogFields {
  return mapValues(fields, (value) => (typeof value === 'string' ? maskUrls(value) : value));
}

/** For `catch` of what life goes on without: warns with these fields, and with what was thrown. */
export function orWarn(log: Pick<Log, 'warn'>, message: string, fields: LogFields = {}): (error: unknown) => void {
  return (error) => log.warn(message, { ...fields, error: explainError(error) });
}

/** A log that says nothing; for tests and for library use. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
