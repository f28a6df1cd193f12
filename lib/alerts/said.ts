import type { Mask } from '../checks/mask.ts';
import { plainText } from '../terminal-text.ts';
import { boundedText } from './bounded.ts';

const MOST_CHARACTERS = 300;

/** The beginning of what a server said, masked, as one line that steers no terminal. Pure. */
export function firstSaid(text: string, mask: Mask): string {
  return boundedText(lineOf(text, mask), MOST_CHARACTERS);
}

/** The end of what a command said, likewise: what went wrong is said last. Pure. */
export function lastSaid(text: string, mask: Mask): string {
  const line = lineOf(text, mask);
  return line.length <= MOST_CHARACTERS ? line : `…${line.slice(1 - MOST_CHARACTERS).replace(/^[\udc00-\udfff]/, '')}`;
}

function lineOf(text: string, mask: Mask): string {
  return plainText(mask.text(text)).replaceAll(/\s+/g, ' ').trim();
}
