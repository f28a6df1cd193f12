import { Cron } from 'croner';
import { CcError } from './errors.ts';

/** Times that a cron expression names in a time zone. */
export interface Schedule {
  /**
   * The first time after `ms`, milliseconds since the epoch; undefined: it names none any more. A time that a change of
   * the clocks leaves out is the first moment after it; one that comes twice counts once.
   */
  nextAfter(ms: number): number | undefined;
}

/** Five fields of numbers, names and `* , - /`: minute, hour, day of month, month, day of week. */
const FIELD = /^[0-9A-Za-z*,/-]+$/;

/**
 * @param expression as crontab(5): five fields, names of months and days allowed.
 * @param timeZone a name of the IANA database.
 * @throws CcError `InvalidInput` for an expression that is none, or that names no time at all (30 February).
 */
export function scheduleOf(expression: string, timeZone: string): Schedule {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5 || !fields.every((field) => FIELD.test(field))) throw invalid(expression);
  const cron = parsed(expression, timeZone);
  return { nextAfter: (ms) => cron.nextRun(new Date(ms))?.getTime() };
}

function parsed(expression: string, timeZone: string): Cron {
  try {
    const cron = new Cron(expression.trim(), { timezone: timeZone, paused: true });
    if (cron.nextRun(new Date(0)) !== null) return cron;
  } catch (error) {
    throw invalid(expression, error);
  }
  throw invalid(expression);
}

function invalid(expression: string, cause?: unknown): CcError {
  return new CcError('InvalidInput', `${JSON.stringify(expression)} names no times`, {
    cause,
    remedy: 'Write the five fields of a crontab, such as "0 2 * * *": minute, hour, day, month, day of week.',
  });
}
