import type { WarmServiceStatus } from '../api/generated/types.ts';
import type { ObjectKey } from '../api/kinds.ts';
import { usageError } from './environment.ts';
import { parseTarget, targetText } from './objects.ts';
import type { ObjectView } from './view.ts';

/** The object that the first words name, and the words after it. */
export interface TargetAndRest {
  key: ObjectKey;
  rest: readonly string[];
}

/**
 * Reads `ws/x REST…` and `ws x REST…`.
 * @param lacks what other kinds have not, for the error: `versions to approve`.
 * @throws CommandError (exit 2) for no object, for one of another kind, and for more than `most` words after it.
 */
export function parseWarmServiceTarget(words: readonly string[], lacks: string, most: number): TargetAndRest {
  const length = words[0]?.includes('/') ? 1 : 2;
  const key = parseTarget(words.slice(0, length));
  const rest = words.slice(length);
  if (key.kind !== 'WarmService')
    throw usageError(`${targetText(key)} has no ${lacks}`, "Only WarmServices have; see 'ccctl get ws'.");
  const [excess] = rest.slice(most);
  if (excess !== undefined) throw usageError(`${JSON.stringify(excess)} is one word too many`);
  return { key, rest };
}

/** The status of a warm service, as far as it was shown yet. */
export function warmServiceStatusOf({ status }: ObjectView): Partial<WarmServiceStatus> {
  return (status ?? {}) as Partial<WarmServiceStatus>;
}
