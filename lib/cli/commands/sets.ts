import type { ObjectKey } from '../../api/kinds.ts';
import { meantOr } from '../../store/did-you-mean.ts';
import { readAll } from '../../store/reader.ts';
import { type CommandContext, openState } from '../context.ts';
import { CommandError, EXIT, type ExitCode, say, usageError } from '../environment.ts';
import { notFound, parseTargets, type Targets, targetText } from '../objects.ts';
import { showListing } from '../print/listing.ts';
import { parseOutputForm, sortByPath } from '../print/objects.ts';
import { setTable } from '../print/sets.ts';
import { readSets, type SetView, setObject } from '../sets.ts';
import type { ObjectView } from '../view.ts';
import type { GetOptions } from './get-query.ts';

/** Sets of objects, none: of all; or single sets by name. */
interface Wanted {
  targets: Targets;
  ids: readonly string[];
}

const KINDS_WITH_SETS = ['WarmService', 'Canonical'] as const;

/** `ccctl get sets [ws/x|can/x…]` and `get set/ID`: copies of data, the newest first. Works without the controller. */
export async function getSets(
  context: CommandContext,
  words: readonly string[],
  options: GetOptions,
): Promise<ExitCode> {
  if (options.selector !== undefined) throw usageError('sets have no labels to select by');
  if (options.watch) throw usageError('sets cannot be watched', 'Watch their objects: ccctl get ws,can --watch.');
  const output = parseOutputForm(options.output ?? 'table', options.headers === false ? 'NoHeader' : 'Header');
  const wanted = parseWanted(words);
  const stateDirectory = await openState(context);
  const { environment } = context;
  const all = await readSets(stateDirectory, await objectsOf(stateDirectory, wanted.targets));
  const chosen = wanted.ids.length === 0 ? all : wanted.ids.map((id) => chooseSet(all, id));
  const views = options.sortBy === undefined ? chosen : sortByPath(chosen, options.sortBy, setObject);
  const isTable = output.form === 'Table' || output.form === 'Wide';
  if (views.length === 0 && isTable) say(environment, 'No sets found.');
  else {
    const listing = { items: views, object: setObject, name: nameOf, table: setTable };
    const header = options.headers === false ? 'NoHeader' : 'Header';
    await showListing(environment, listing, { output, header, shape: wanted.ids.length === 1 ? 'One' : 'List' });
  }
  return EXIT.Ok;
}

/**
 * The set of that name. @throws CommandError (exit 3) with a did-you-mean; where one name stands for sets of several
 * objects, the first is meant.
 */
export function chooseSet(sets: readonly SetView[], id: string): SetView {
  const found = sets.find((set) => set.id === id);
  if (found) return found;
  const remedy = meantOr(
    id,
    sets.map((set) => set.id),
    "See 'ccctl get sets'.",
  );
  throw new CommandError(EXIT.NotFound, `there is no set ${JSON.stringify(id)}`, { remedy });
}

/** The words after `sets` name objects; `set/ID` stands for itself. @throws CommandError (exit 2) for anything else. */
function parseWanted(words: readonly string[]): Wanted {
  const isOfSet = (word: string): boolean => /^sets?\//i.test(word);
  const none: Targets = { kinds: KINDS_WITH_SETS, keys: [] };
  if (words.some(isOfSet)) return { targets: none, ids: words.map(setId) };
  const [, ...objects] = words;
  if (objects.length === 0) return { targets: none, ids: [] };
  const targets = parseTargets(objects);
  const without = targets.kinds.find((kind) => !KINDS_WITH_SETS.some((one) => one === kind));
  if (without !== undefined) throw usageError(`a ${without} has no sets`, 'WarmServices and Canonicals have.');
  return { targets, ids: [] };
}

function setId(word: string): string {
  const [, id = '', more] = word.split('/');
  if (/^sets?\//i.test(word) && id !== '' && more === undefined) return id;
  throw usageError(`${JSON.stringify(word)} does not name a set`, 'Write every set as set/ID, and nothing else.');
}

/** @throws CommandError (exit 3) where a named object is not there. */
async function objectsOf(stateDirectory: string, { kinds, keys }: Targets): Promise<ObjectView[]> {
  const state = await readAll({ stateDirectory });
  const isOf = (view: ObjectView, key: ObjectKey): boolean => targetText(view.object) === targetText(key);
  const missing = keys.find((key) => !state.objects.some((view) => isOf(view, key)));
  if (missing) return await notFound(missing, state);
  const ofKinds = state.objects.filter(({ object }) => kinds.includes(object.kind));
  return keys.length === 0 ? ofKinds : ofKinds.filter((view) => keys.some((key) => isOf(view, key)));
}

function nameOf({ id }: SetView): string {
  return `set/${id}`;
}
