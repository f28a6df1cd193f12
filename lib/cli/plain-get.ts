import type { GetOptions } from './commands/get-query.ts';

/** What a command line of `ccctl get` says. */
export interface PlainGet {
  words: readonly string[];
  options: GetOptions;
  flags: Readonly<Record<string, string>>;
}

const VALUES: Readonly<Record<string, 'output' | 'selector'>> = {
  '-o': 'output',
  '--output': 'output',
  '-l': 'selector',
  '--selector': 'selector',
};

const DIRECTORIES: Readonly<Record<string, string>> = {
  '--state-directory': 'stateDirectory',
  '--spec-directory': 'specDirectory',
};

/**
 * Reads `get WORDS` with the options that are given most, each a word and its value another, as the parser of all
 * commands reads them. Undefined for anything else, right or wrong, which is left to that one. Pure.
 */
export function plainGet([command, ...rest]: readonly string[]): PlainGet | undefined {
  if (command !== 'get') return undefined;
  const words: string[] = [];
  const options: GetOptions = {};
  const flags: Record<string, string> = {};
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    if (!word.startsWith('-')) {
      words.push(word);
      continue;
    }
    if (word === '--no-headers') {
      options.headers = false;
      continue;
    }
    at += 1;
    const value = rest[at];
    if (value === undefined || value.startsWith('-')) return undefined;
    const [option, directory] = [VALUES[word], DIRECTORIES[word]];
    if (option) options[option] = value;
    else if (directory) flags[directory] = value;
    else return undefined;
  }
  return { words, options, flags };
}
