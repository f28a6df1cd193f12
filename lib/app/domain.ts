import { sha256 } from '../digest.ts';

/** Domain of a Canonical: `spec.app.domain`, else `warm-canon-<name>.<zone>`. */
export function canonicalDomain(name: string, specDomain: string | undefined, zone: string): string {
  return specDomain ?? `warm-canon-${name}.${zone}`;
}

/** Domain of a WarmService: `spec.app.domain`, else `warm-<name>.<zone>`. */
export function warmServiceDomain(name: string, specDomain: string | undefined, zone: string): string {
  return specDomain ?? `warm-${name}.${zone}`;
}

/**
 * Domain of one attempt of a Run: `<recipe[:4]>-<sha256(uid/attempt)[:6]>.<zone>`. Derived, so that "did I already
 * create it?" is answered by looking.
 */
export function runDomain(recipe: string, uid: string, attempt: number, zone: string): string {
  const prefix =
    recipe
      .slice(0, 4)
      .replace(/[^a-z0-9]+$/i, '')
      .toLowerCase() || 'run';
  return `${prefix}-${attemptHex(uid, attempt)}.${zone}`;
}

/** Domain of what an attempt deploys for itself beside its app, for a dependency; as unique as that of the app. */
export function dependencyDomain(
  recipe: string,
  { uid, attempt, as }: { uid: string; attempt: number; as: string },
  zone: string,
): string {
  return runDomain(recipe, `${uid}/${as}`, attempt, zone);
}

/** The six hex digits by which all that one attempt of a Run makes is called. */
export function attemptHex(uid: string, attempt: number): string {
  return sha256(`${uid}/${attempt}`).slice(0, 6);
}

/** `<name>-<uid8>`: the directory name of a run's artifacts. */
export function runDirectoryName(name: string, uid: string): string {
  return `${name}-${uid.replaceAll('-', '').slice(0, 8)}`;
}
