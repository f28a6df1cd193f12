import { isTree } from '../compose-document.ts';
import { parseGoDuration } from '../go-duration.ts';

/** Something in a compose file that is not on the list. */
export interface Finding {
  /** Keys from the root of the merged tree. */
  path: readonly string[];
  /** What may stand there: `must be …`, `is not allowed`. */
  rule: string;
}

/** What a value may be; empty: it is allowed. Pure. Absent and null values are not asked about. */
export type Rule = (value: unknown, path: readonly string[]) => Finding[];

const DIGITS = /^(0|[1-9]\d{0,11})$/;

/** Any scalar for which `fits` holds; `what` completes "must be". */
export function text(what: string, fits: (value: string) => boolean): Rule {
  return (value, path) => {
    const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return scalar && fits(String(value)) ? [] : [{ path, rule: `must be ${what}` }];
  };
}

/** Any scalar. */
export const anyText: Rule = text('one value', () => true);

/** A scalar, or a list of scalars, as commands are. */
export const anyTexts: Rule = (value, path) =>
  Array.isArray(value) ? items(anyText)(value, path) : anyText(value, path);

/** `true` or `false`, in any of the words that YAML has for them. */
export const truth: Rule = text('true or false', (value) => /^(y|yes|true|on|n|no|false|off|)$/i.test(value));

/** `false`, where the default is that. */
export const onlyFalse: Rule = text('false', (value) => /^(n|no|false|off|)$/i.test(value));

/** One of these words. */
export function oneOf(...words: readonly string[]): Rule {
  return text(words.map((word) => `"${word}"`).join(' or '), (value) => words.includes(value));
}

/** A whole number, both ends included. */
export function whole(least: number, most: number): Rule {
  const fits = (value: string): boolean => DIGITS.test(value) && Number(value) >= least && Number(value) <= most;
  return text(`a whole number from ${least} to ${most}`, fits);
}

/** A Go duration, both ends included; milliseconds. */
export function duration(leastMs: number, mostMs: number): Rule {
  return text(`a duration from ${leastMs / 1000}s to ${mostMs / 1000}s`, (value) => {
    const ms = parseGoDuration(value);
    return ms !== undefined && ms >= leastMs && ms <= mostMs;
  });
}

/** A list, each item by `rule`. */
export function items(rule: Rule): Rule {
  return (value, path) => {
    if (!Array.isArray(value)) return [{ path, rule: 'must be a list' }];
    return value.flatMap((item, index) => rule(item, [...path, String(index)]));
  };
}

/** A mapping with any keys, each value by the rule of its key; what is absent or null counts as `absent`, if that is given. */
export function each(ruleOf: (key: string) => Rule, absent?: unknown): Rule {
  return (value, path) => {
    if (!isTree(value)) return [{ path, rule: 'must be a mapping' }];
    return Object.entries(value).flatMap(([key, item]) => present(ruleOf(key), item ?? absent, [...path, key]));
  };
}

/** A mapping with these keys only; keys that begin with `x-` are ours to drop and pass. */
export function keys(table: Readonly<Record<string, Rule>>): Rule {
  const rules = new Map(Object.entries(table));
  const unlisted: Rule = (_, path) => [{ path, rule: 'is not allowed' }];
  return (value, path) => {
    if (!isTree(value)) return [{ path, rule: 'must be a mapping' }];
    const listed = Object.entries(value).filter(([key]) => !key.startsWith('x-'));
    return listed.flatMap(([key, item]) => {
      const rule = rules.get(key);
      return rule === undefined ? unlisted(item, [...path, key]) : present(rule, item, [...path, key]);
    });
  };
}

function present(rule: Rule, value: unknown, path: readonly string[]): Finding[] {
  return value === undefined || value === null ? [] : rule(value, path);
}
