import { KINDS } from '../api/kinds.ts';
import { isRecord } from '../api/objects.ts';
import { ALERT_REASONS, type AlertRecord, isAlertId } from './alert.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isTime: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));

function oneOf(words: readonly string[]): Check {
  return (value) => typeof value === 'string' && words.includes(value);
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

/** Fields whose name ends with `?` may be absent. Others than these are let through. */
function fields(checks: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(checks).map(([key, check]) => ({ name: key.replace('?', ''), key, check }));
  return (value) =>
    isRecord(value) &&
    entries.every(({ name, key, check }) => (name !== key && value[name] === undefined) || check(value[name]));
}

const isVersion = fields({ version: isText, commit: isText });

const isAlert = fields({
  time: isTime,
  severity: oneOf(['Info', 'Warning', 'Critical']),
  reason: oneOf(Object.keys(ALERT_REASONS)),
  object: fields({ kind: oneOf(KINDS), name: isText, uid: isText }),
  message: isText,
  facts: fields({
    'attempted?': isVersion,
    'lastGood?': isVersion,
    'recovered?': (value) => typeof value === 'boolean',
    'reason?': isText,
    'lossWindow?': fields({ from: isText, to: isText }),
    'failedSet?': isText,
    'held?': listOf(fields({ code: isText, message: isText })),
    'notes?': listOf(fields({ version: isText, text: isText })),
  }),
  'recovers?': listOf(isText),
  'reminds?': fields({ id: isText, muted: isCount }),
  deliveries: listOf(
    fields({
      sink: isText,
      name: isText,
      failures: isCount,
      'deliveredTime?': isTime,
      'lastFailure?': fields({ time: isTime, message: isText }),
    }),
  ),
});

/** Whether the content of a file is an alert of that id. Pure. */
export function isAlertRecord(value: unknown, id: string): value is AlertRecord {
  return isRecord(value) && value.id === id && isAlertId(id) && isAlert(value);
}
