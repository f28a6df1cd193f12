import { isRecord } from '../api/objects.ts';
import type { SsoRealm } from './provider.ts';

/** What a realm carries from the call on that creates it. */
const MARKS = { instance: 'cc-ci.instance', run: 'cc-ci.run', attempt: 'cc-ci.attempt' } as const;

const ATTEMPT = /^[1-9]\d{0,8}$/;

/** The marks of a realm, as attributes. Pure. */
export function marksOf({ run, attempt }: SsoRealm, instance: string): Record<string, string> {
  return { [MARKS.instance]: instance, [MARKS.run]: run, [MARKS.attempt]: String(attempt) };
}

/**
 * Whose realm that is by its marks; undefined where it is not ours: of another instance, of nobody's, or with marks
 * that somebody changed. Pure.
 */
export function ownerBy(attributes: unknown, realm: string, instance: string): SsoRealm | undefined {
  if (!isRecord(attributes)) return undefined;
  const { [MARKS.instance]: owner, [MARKS.run]: run, [MARKS.attempt]: attempt } = attributes;
  if (owner !== instance || typeof run !== 'string' || run === '') return undefined;
  if (typeof attempt !== 'string' || !ATTEMPT.test(attempt)) return undefined;
  return { realm, run, attempt: Number(attempt) };
}

/** Whether both are the realm of one attempt. Pure. */
export function isSameRealm(one: SsoRealm, other: SsoRealm): boolean {
  return one.realm === other.realm && one.run === other.run && one.attempt === other.attempt;
}
