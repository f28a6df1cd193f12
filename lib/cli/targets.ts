import { KIND_ALIASES, KINDS, type Kind, type ObjectKey } from '../api/kinds.ts';
import { meantOr } from '../store/did-you-mean.ts';
import { usageError } from './exit.ts';

/** Objects that a command was asked about: whole kinds, or kinds with names. */
export interface Targets {
  /** In the order in which they were named. */
  kinds: readonly Kind[];
  /** Empty: every object of the kinds. */
  keys: readonly ObjectKey[];
}

const ALL = 'all';

/**
 * Reads `all`, `runs`, `runs,can`, `kind name…` and `kind/name…`.
 * @throws CommandError (exit 2) for an unknown kind, with the one that was probably meant.
 */
export function parseTargets(words: readonly string[]): Targets {
  const [first, ...rest] = words;
  if (first === undefined) throw usageError('name what to look at', `Kinds: ${kindList()}.`);
  if (words.some((word) => word.includes('/'))) {
    const keys = words.map(parseSlashed);
    return { kinds: [...new Set(keys.map((key) => key.kind))], keys };
  }
  const kinds = parseKinds(first);
  if (rest.length === 0) return { kinds, keys: [] };
  const [kind, another] = kinds;
  if (kind === undefined || another !== undefined) throw usageError(`names need one kind, not ${first}`);
  return { kinds, keys: rest.map((name) => ({ kind, name })) };
}

/**
 * Reads exactly one object: `kind/name` or `kind name`.
 * @throws CommandError (exit 2) otherwise.
 */
export function parseTarget(words: readonly string[]): ObjectKey {
  const { keys } = parseTargets(words);
  const [key, another] = keys;
  if (!key || another) throw usageError('name one object', 'Write kind/name or kind name, for example run/notes-1.');
  return key;
}

/**
 * The kind that a word stands for, in any case, singular, plural or short.
 * @throws CommandError (exit 2) with a did-you-mean.
 */
export function parseKind(word: string): Kind {
  const lower = word.toLowerCase();
  const kind = Object.hasOwn(KIND_ALIASES, lower) ? KIND_ALIASES[lower] : undefined;
  if (kind) return kind;
  const remedy = meantOr(word, [...Object.keys(KIND_ALIASES), ALL], `Kinds: ${kindList()}.`);
  throw usageError(`there is no kind ${JSON.stringify(word)}`, remedy);
}

/** How a kind is written before a slash: `run`, `canonical`, `warmservice`, `sweep`. */
export function kindWord(kind: Kind): string {
  return kind.toLowerCase();
}

/** `run/notes-1`, as commands take it. */
export function targetText(key: ObjectKey): string {
  return `${kindWord(key.kind)}/${key.name}`;
}

function parseKinds(word: string): Kind[] {
  if (word.toLowerCase() === ALL) return [...KINDS];
  return [...new Set(word.split(',').map(parseKind))];
}

function parseSlashed(word: string): ObjectKey {
  const [kind = '', name = '', more] = word.split('/');
  if (name === '' || more !== undefined) {
    throw usageError(
      `${JSON.stringify(word)} does not name an object`,
      'Write every object as kind/name, for example run/notes-1.',
    );
  }
  return { kind: parseKind(kind), name };
}

function kindList(): string {
  return 'warmservices (ws), canonicals (can), runs, sweeps, all';
}
