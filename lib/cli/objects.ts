import { readFile } from 'node:fs/promises';
import { KIND_ALIASES, KINDS, type Kind, type ObjectKey, shortKind } from '../api/kinds.ts';
import { didYouMean, meantOr } from '../store/did-you-mean.ts';
import type { ReportedProblem } from '../store/problem-report.ts';
import { readAll, readOne, type StateView } from '../store/reader.ts';
import { CommandError, EXIT, usageError } from './environment.ts';
import type { ObjectView } from './view.ts';

/** Objects that a command was asked about: whole kinds, or kinds with names. */
export interface Targets {
  /** In the order in which they were named. */
  kinds: readonly Kind[];
  /** Empty: every object of the kinds. */
  keys: readonly ObjectKey[];
}

const ALL = 'all';
const KIND_LIST = 'warmservices (ws), canonicals (can), runs, sweeps, all, alerts, sets, triggers';
/** What stands for alerts, which `get` and `describe` show beside the kinds. */
const ALERT_WORDS: readonly string[] = ['alert', 'alerts'];

/**
 * The ids of alerts that the words name, none for all of them: `alerts`, `alert ID…`, `alert/ID…`. Undefined where the
 * words name something else. @throws CommandError (exit 2) for alerts beside objects.
 */
export function parseAlertTargets(words: readonly string[]): string[] | undefined {
  const isAlert = (word: string): boolean => ALERT_WORDS.includes((word.split('/')[0] ?? '').toLowerCase());
  const [first = '', ...rest] = words;
  if (!words.some((word) => word.includes('/'))) return isAlert(first) ? rest : undefined;
  if (!words.some((word) => word.includes('/') && isAlert(word))) return undefined;
  return words.map((word) => {
    const [, id = '', more] = word.split('/');
    if (isAlert(word) && id !== '' && more === undefined) return id;
    throw usageError(`${JSON.stringify(word)} does not name an alert`, 'Write every alert as alert/ID, and no others.');
  });
}

/** What stands for sets of data, which `get` shows beside the kinds. */
const SET_WORDS: readonly string[] = ['set', 'sets'];

/** Whether the words are about sets: `sets`, `sets ws/x`, `set/ID`. Pure. */
export function namesSets(words: readonly string[]): boolean {
  return SET_WORDS.includes((words[0]?.split('/')[0] ?? '').toLowerCase());
}

/** Whether the words are about triggers: `triggers`, `trigger owner/name`. Pure. */
export function namesTriggers(words: readonly string[]): boolean {
  return ['trigger', 'triggers'].includes((words[0] ?? '').toLowerCase());
}

/**
 * Reads `all`, `runs`, `runs,can`, `kind name…` and `kind/name…`.
 * @throws CommandError (exit 2) for an unknown kind, with the one that was probably meant.
 */
export function parseTargets(words: readonly string[]): Targets {
  const [first, ...rest] = words;
  if (first === undefined) throw usageError('name what to look at', `Kinds: ${KIND_LIST}.`);
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

/** Reads exactly one object: `kind/name` or `kind name`. @throws CommandError (exit 2) otherwise. */
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
  if (ALERT_WORDS.includes(lower))
    throw usageError('alerts are no objects', "See 'ccctl get alerts' and 'ccctl describe alert/ID', by themselves.");
  if (SET_WORDS.includes(lower)) throw usageError('sets are no objects', "See 'ccctl get sets', by itself.");
  const words = [...Object.keys(KIND_ALIASES), ALL, ...ALERT_WORDS, ...SET_WORDS];
  const remedy = meantOr(word, words, `Kinds: ${KIND_LIST}.`);
  throw usageError(`there is no kind ${JSON.stringify(word)}`, remedy);
}

/** How a kind is written before a slash: `run`, `canonical`, `warmservice`, `sweep`. */
export function kindWord(kind: Kind): string {
  return kind.toLowerCase();
}

/** `ws/keycloak`, as commands take it, for where there is little room. */
export function shortTargetText({ kind, name }: ObjectKey): string {
  return `${shortKind(kind)}/${name}`;
}

/** `run/notes-1`, as commands take it. */
export function targetText(key: ObjectKey): string {
  return `${kindWord(key.kind)}/${key.name}`;
}

function parseKinds(word: string): Kind[] {
  return word.toLowerCase() === ALL ? [...KINDS] : [...new Set(word.split(',').map(parseKind))];
}

function parseSlashed(word: string): ObjectKey {
  const [kind = '', name = '', more] = word.split('/');
  if (name === '' || more !== undefined)
    throw usageError(
      `${JSON.stringify(word)} does not name an object`,
      'Write every object as kind/name, for example run/notes-1.',
    );
  return { kind: parseKind(kind), name };
}

/**
 * {@link readOne} of an object that must be there.
 * @throws CommandError (exit 3) with the name that was probably meant.
 */
export async function requireObject(stateDirectory: string, key: ObjectKey): Promise<ObjectView> {
  return (await readOne({ stateDirectory }, key)) ?? (await notFound(key, await readAll({ stateDirectory })));
}

/**
 * Says why there is no such object.
 * @throws CommandError, always: exit 5 where its file is there but not accepted, else exit 3 with a did-you-mean.
 */
export async function notFound(key: ObjectKey, state: StateView): Promise<never> {
  const broken = await brokenFileOf(key, state.problems);
  if (broken)
    throw new CommandError(EXIT.Stalled, `${targetText(key)} is not accepted (${broken.reason}): ${broken.message}`, {
      remedy: `See 'ccctl validate ${broken.path}'.`,
    });
  throw new CommandError(EXIT.NotFound, `there is no ${targetText(key)}`, { remedy: remedyFor(key, state) });
}

/** The report does not say what a broken file would have been, where that can be read at all. */
async function brokenFileOf(
  key: ObjectKey,
  problems: readonly ReportedProblem[],
): Promise<ReportedProblem | undefined> {
  for (const problem of problems) {
    const claimed = problem.key ?? (await claimOf(problem.path));
    if (claimed?.kind === key.kind && claimed.name === key.name) return problem;
  }
  return undefined;
}

/** Kind and name in a file that does not validate; the parser is loaded only here. */
async function claimOf(path: string): Promise<{ kind?: Kind; name?: string } | undefined> {
  const { parseSpecFile } = await import('../store/spec-codec.ts');
  const bytes = await readFile(path).catch(() => undefined);
  const parse = bytes && parseSpecFile({ path, bytes });
  return parse && !parse.ok ? parse : undefined;
}

function remedyFor({ kind, name }: ObjectKey, { objects }: StateView): string {
  const names = objects.filter(({ object }) => object.kind === kind).map(({ object }) => object.name);
  const meant = didYouMean(name, names);
  if (meant) return `Did you mean ${targetText({ kind, name: meant })}?`;
  const elsewhere = objects.find(({ object }) => object.name === name);
  if (elsewhere) return `Did you mean ${targetText(elsewhere.object)}?`;
  return `See 'ccctl get ${kindWord(kind)}s'.`;
}
