import { attemptHex } from '../app/domain.ts';
import { CcError } from '../errors.ts';
import type { SsoRealm } from './provider.ts';

/** Characters of the recipe's name in that of a realm. */
const MAX_STEM = 40;
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,39})-[0-9a-f]{6}$/;

/**
 * Name of the realm of one attempt: `<recipe>-<6 hex of the run's domain>`, of lower-case letters, digits and dashes
 * whatever the recipe is called. Pure.
 */
export function realmName(recipe: string, uid: string, attempt: number): string {
  const stem = recipe
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, MAX_STEM)
    .replace(/-$/, '');
  return `${stem || 'run'}-${attemptHex(uid, attempt)}`;
}

/** Whether a realm of that name could be ours: its name alone proves nothing. Pure. */
export function isRealmName(name: string): boolean {
  return NAME.test(name);
}

/** Whether the name is one that `realmName` gives to the attempt, of whatever recipe. Pure. */
export function isNamedAfter({ realm, run, attempt }: SsoRealm): boolean {
  return isRealmName(realm) && realm.endsWith(`-${attemptHex(run, attempt)}`);
}

/** The name, where it is that of a realm of ours. Pure. @throws CcError `Refused`: every other, `master` first of all. */
export function checkedRealm(name: string): string {
  if (isRealmName(name)) return name;
  throw new CcError('Refused', `${JSON.stringify(name.slice(0, MAX_STEM))} is no name of a realm of ours`, {
    remedy: 'Realms of runs are called <recipe>-<6 hex digits>; no other is touched.',
  });
}
