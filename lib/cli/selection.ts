import type { ObjectKey } from '../api/kinds.ts';
import type { StateView } from '../store/reader.ts';
import { usageError } from './environment.ts';
import { labelSelector } from './label-selector.ts';
import { parseTargets, type Targets } from './objects.ts';

/** How a command is told which objects it is about, where they are not named. */
export interface SelectionOptions {
  /** Of `-l`. */
  selector?: string;
  /** Of `--all`. */
  all?: boolean;
}

/** What the words and options stand for; settled before anything is read. */
export interface Selection {
  targets: Targets;
  matches: ReturnType<typeof labelSelector>;
}

/**
 * Reads names, or kinds with `-l` or `--all`.
 * @throws CommandError (exit 2) for a kind with neither, for names with either, and for a selector that says nothing, as a
 * variable of a script that was never set.
 */
export function parseSelection(verb: string, words: readonly string[], options: SelectionOptions): Selection {
  const targets = parseTargets(words);
  const many = options.all === true || options.selector !== undefined;
  if (many && targets.keys.length > 0)
    throw usageError('names go neither with --all nor with a selector', 'Leave out the names, or the option.');
  if (!many && targets.keys.length === 0)
    throw usageError(`name the objects to ${verb}`, 'Write kind/name, for example run/notes-1, or give -l or --all.');
  if (options.selector?.replaceAll(',', '').trim() === '')
    throw usageError('the selector is empty: it would match everything', 'Give --all where that is meant.');
  return { targets, matches: labelSelector(options.selector ?? '') };
}

/** The keys that are named, or those of the objects there are that match. */
export async function keysOfSelection(
  { targets, matches }: Selection,
  read: () => Promise<StateView>,
): Promise<readonly ObjectKey[]> {
  if (targets.keys.length > 0) return targets.keys;
  const { objects } = await read();
  return objects
    .map(({ object }) => object)
    .filter(({ kind, labels }) => targets.kinds.includes(kind) && matches(labels))
    .map(({ kind, name }) => ({ kind, name }));
}
