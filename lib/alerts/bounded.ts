import { isRecord, mapValues } from '../api/objects.ts';
import { maskUrls } from '../url-mask.ts';

/** Characters of one text: notes may be long, and a sink takes only so much. */
const MOST_CHARACTERS = 4096;
const MOST_ITEMS = 20;
const CUT = '…';

/**
 * The value with texts and lists cut to what a sink can take, and without users and passwords of URLs. What is cut ends
 * with `…`; of a list the first twenty stay. Pure, idempotent.
 */
export function bounded<T>(value: T): T {
  return boundedPart(value) as T;
}

function boundedPart(value: unknown): unknown {
  if (typeof value === 'string') return boundedText(value, MOST_CHARACTERS);
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map(boundedPart);
  return isRecord(value) ? mapValues(value, boundedPart) : value;
}

/** {@link bounded} of one text. */
export function boundedText(text: string, most: number): string {
  const masked = maskUrls(beforeMask(text, most));
  if (masked.length <= most) return masked;
  return `${masked.slice(0, most - CUT.length).replace(/[\ud800-\udbff]$/, '')}${CUT}`;
}

/** A word that is cut in two may be a URL whose password is not seen as one any more: it goes whole. */
function beforeMask(text: string, most: number): string {
  const longest = 2 * most;
  if (text.length <= longest || !(text.includes('@') || text.includes('%40'))) return text;
  let end = longest;
  while (end > 0 && !/\s/.test(text.charAt(end - 1))) end -= 1;
  return `${text.slice(0, end)}${CUT}`;
}
