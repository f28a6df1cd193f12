import levenshtein from 'damerau-levenshtein';

/** For people: what was probably meant, else what is said `otherwise`. Pure. */
export function meantOr(word: unknown, candidates: readonly string[], otherwise: string): string {
  const meant = typeof word === 'string' ? didYouMean(word, candidates) : undefined;
  return meant === undefined ? otherwise : `Did you mean ${meant}?`;
}

/**
 * The candidate that `word` most likely stands for, or undefined where none is near: at most a third of the letters
 * differ (insertions, deletions, replacements, swaps of neighbours), case and hyphens aside. Pure.
 */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const plain = normalize(word);
  let best: { candidate: string; steps: number } | undefined;
  for (const candidate of candidates) {
    const steps = editSteps(plain, normalize(candidate));
    const allowed = Math.max(1, Math.floor(Math.max(plain.length, candidate.length) / 3));
    const near = steps <= allowed && steps < plain.length;
    if ((near || plain === normalize(candidate)) && (best === undefined || steps < best.steps))
      best = { candidate, steps };
  }
  return best?.candidate;
}

function normalize(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/** Longest text that is compared: a comparison takes the square of it in memory. */
const LONGEST_TEXT = 256;

/** Edits between two texts: insertions, deletions, replacements, swaps of neighbours; endless where one is too long. Pure. */
export function editSteps(one: string, other: string): number {
  if (Math.max(one.length, other.length) > LONGEST_TEXT) return Number.POSITIVE_INFINITY;
  return levenshtein(one, other).steps;
}
