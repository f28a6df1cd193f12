import type { NextAction } from '../api/index.ts';
import { toTime } from '../clock.ts';
import type { PassFailure } from './reconciler.ts';

/** What happens next after a pass that failed: another one at a known time, or nothing until somebody acts. Pure. */
export function againAction({ terminal, retryAt }: PassFailure): NextAction {
  if (terminal) return { what: "nothing until the spec changes or 'ccctl retry'", reason: 'Stalled' };
  return { what: 'try again', reason: 'Retrying', ...(retryAt === undefined ? {} : { time: toTime(retryAt) }) };
}
