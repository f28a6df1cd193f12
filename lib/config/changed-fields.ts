import type { DefaultedControllerConfig } from '../api/generated/defaulted.ts';
import { canonicalDigest } from '../digest.ts';
import { configLeaves } from './fields.ts';

/** The fields, by dotted path in the order of the schema, in which two configurations differ. Lists count as a whole. Pure. */
export function changedFields(before: DefaultedControllerConfig, after: DefaultedControllerConfig): string[] {
  const differs = (path: readonly string[]): boolean => digestAt(before, path) !== digestAt(after, path);
  return configLeaves()
    .filter(({ path }) => differs(path))
    .map(({ path }) => path.join('.'));
}

function digestAt(config: unknown, path: readonly string[]): string {
  const value = path.reduce<unknown>((inner, step) => (inner as Record<string, unknown> | undefined)?.[step], config);
  return canonicalDigest(value ?? null);
}
