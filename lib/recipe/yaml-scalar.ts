/** What a plain scalar is to the docker CLI. A timestamp stays text: nobody wants one. */
export type PlainScalar =
  | { kind: 'Null'; value: null }
  | { kind: 'Truth'; value: boolean }
  | { kind: 'Whole' | 'Decimal'; value: number }
  | { kind: 'Timestamp' | 'Text'; value: string };

const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);
const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
]);
const NO_NUMBER = /^(?:\.(?:nan|NaN|NAN)|[-+]?\.(?:inf|Inf|INF))$/;
const DECIMAL = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const WHOLE = /^([-+]?)(?:0[xX]([\da-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9]\d*))$/;
const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 64n - 1n;
const DATE =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)|\x20(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?)?$/;

/**
 * A plain (unquoted) scalar as the YAML reader of the docker CLI resolves it: YAML 1.2 with `_` in numbers, octals with
 * a leading zero, dates; `yes` and `no` are texts. Source: go-yaml v3, `resolve.go`. Pure.
 */
export function resolvePlain(text: string): PlainScalar {
  if (NULLS.has(text)) return { kind: 'Null', value: null };
  const truth = TRUTHS.get(text);
  if (truth !== undefined) return { kind: 'Truth', value: truth };
  if (NO_NUMBER.test(text)) return { kind: 'Decimal', value: Number.NaN };
  if (!/^[-+.\d]/.test(text)) return { kind: 'Text', value: text };
  if (isTimestamp(text)) return { kind: 'Timestamp', value: text };
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  const whole = wholeOf(plain);
  if (whole !== undefined) return { kind: 'Whole', value: whole };
  const decimal = DECIMAL.test(plain) ? Number(plain) : Number.POSITIVE_INFINITY;
  return Number.isFinite(decimal) ? { kind: 'Decimal', value: decimal } : { kind: 'Text', value: text };
}

/** A number past 2^53 loses digits here, which nobody sees: such a value is only ever judged, never used. */
function wholeOf(text: string): number | undefined {
  const [all, sign, hex, binary, octal, decimal] = WHOLE.exec(text) ?? [];
  if (all === undefined) return undefined;
  const prefixed = [
    ['0x', hex],
    ['0b', binary],
    ['0o', octal],
  ].find(([, digits]) => digits !== undefined);
  const size = BigInt(prefixed ? prefixed.join('') : (decimal ?? 0));
  const value = sign === '-' ? -size : size;
  return value < LOWEST || value > HIGHEST ? undefined : Number(value);
}

function isTimestamp(text: string): boolean {
  const [all, year, month, day, ...clock] = DATE.exec(text) ?? [];
  if (all === undefined) return false;
  const [hour = 0, minute = 0, second = 0] = clock.filter((part) => part !== undefined).map(Number);
  const last = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  const dated = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= last;
  return dated && hour < 24 && minute < 60 && second < 60;
}
