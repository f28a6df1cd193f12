import type { Owner } from './owner.ts';

/**
 * What may stand before the app's domain: letters, classes of letters, dots and repetitions. No brackets, no
 * alternatives and no escapes but `\.`, so that nothing reaches past the end of the pattern.
 */
const PREFIX = String.raw`(?:(?:[a-z0-9-]|\\\.|\.|\[[a-zA-Z0-9-]+\])[+*]?)*`;
const NAMED = String.raw`\{[a-z]+:(?:(?:[a-z0-9-]|\\\.|\.|\[[a-zA-Z0-9-]+\])[+*]?)+\}`;

/**
 * True for a pattern of `HostRegexp` that only the app's hosts match, whichever Traefik reads it: `^….domain$` with the
 * dots of the domain escaped (3), or `{name:…}.domain` (2). To the other one each is a pattern that no host matches. Pure.
 */
export function isOwnHostPattern(pattern: string, { domain }: Owner): boolean {
  const own = literal(domain);
  const escaped = literal(domain.replaceAll('.', String.raw`\.`));
  const third = new RegExp(String.raw`^\^(?:${PREFIX}\\\.)?${escaped}\$$`);
  const second = new RegExp(String.raw`^${NAMED}\.${own}$`);
  return third.test(pattern) || second.test(pattern);
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
