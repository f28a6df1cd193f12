import type { SecretForms } from './mask-forms.ts';

/** A secret found in a text. */
export interface Span {
  start: number;
  end: number;
}

/** What the end of a text may become with the next chunk. */
export interface OpenEnd {
  /** From here on it could be the beginning of a form: not to be shown yet. */
  hold: number;
  /** At most `hold`: from here on what comes next is to be read together with it. */
  context: number;
}

/** An encoded form that begins so briefly before a line end does not hold the line back: nearly every line ends so. */
const SHORTEST_HELD = 4;

/** Every occurrence of every form, sorted, overlapping ones as one, so that no rest of a second secret stays. Pure. */
export function findSecrets(text: string, { plain, wrapped }: SecretForms, more: readonly Span[] = []): Span[] {
  const { text: joined, placeOf } = joinLines(text);
  const encoded = spansOf(joined, wrapped);
  return merge([
    ...more,
    ...spansOf(text, plain),
    ...encoded.map(({ start, end }) => ({ start: placeOf(start), end: placeOf(end - 1) + 1 })),
  ]);
}

/** Where a secret could begin that the next chunk goes on with. Pure. */
export function openEnd(text: string, { plain, wrapped }: SecretForms): OpenEnd {
  const hold = text.length - longestBeginning(text, plain);
  const { text: joined, placeOf } = joinLines(text);
  const begun = longestBeginning(joined, wrapped);
  if (begun === 0) return { hold, context: hold };
  const from = placeOf(joined.length - begun);
  const context = Math.min(hold, from);
  const endsLine = placeOf(joined.length - 1) < text.length - 1;
  return endsLine && begun < SHORTEST_HELD ? { hold, context } : { hold: context, context };
}

function spansOf(text: string, needles: readonly string[]): Span[] {
  const spans: Span[] = [];
  for (const needle of needles) {
    for (let start = text.indexOf(needle); start >= 0; start = text.indexOf(needle, start + 1))
      spans.push({ start, end: start + needle.length });
  }
  return spans;
}

function merge(spans: Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}

interface JoinedLines {
  text: string;
  /** Where a character of `text` is in the original. */
  placeOf(index: number): number;
}

/** The text without line ends and what indents the lines. */
function joinLines(text: string): JoinedLines {
  if (!/[\r\n]/.test(text)) return { text, placeOf: (index) => index };
  const pieces: { at: number; text: string; from: number }[] = [];
  let length = 0;
  for (const { 0: piece, index } of text.matchAll(/[^\r\n]+/g)) {
    const kept = index === 0 ? piece : piece.trimStart();
    pieces.push({ at: length, text: kept, from: index + piece.length - kept.length });
    length += kept.length;
  }
  return {
    text: pieces.map((piece) => piece.text).join(''),
    placeOf(index) {
      const piece = pieces[lastAtMost(pieces, index)];
      return piece === undefined ? text.length : piece.from + index - piece.at;
    },
  };
}

/** Index of the last of the sorted pieces that does not begin after `limit`. */
function lastAtMost(pieces: readonly { at: number }[], limit: number): number {
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((pieces[middle]?.at ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Length of the longest end of the text with which one of the needles begins. */
function longestBeginning(text: string, needles: readonly string[]): number {
  let longest = 0;
  for (const needle of needles) {
    const first = needle.charCodeAt(0);
    for (let length = Math.min(needle.length - 1, text.length); length > longest; length -= 1) {
      const candidate = text.charCodeAt(text.length - length) === first;
      if (candidate && text.endsWith(needle.slice(0, length))) longest = length;
    }
  }
  return longest;
}
