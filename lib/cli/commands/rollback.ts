import { type CommandBody, stateDirectory } from '../context.ts';
import { type CliEnvironment, CommandError, EXIT, say, usageError } from '../environment.ts';
import { targetText } from '../objects.ts';
import { coloursFor } from '../print/colours.ts';
import { setTable } from '../print/sets.ts';
import { oneLine } from '../print/table.ts';
import { readSets, type SetView } from '../sets.ts';
import { requireTakenIn } from '../taken-in.ts';
import { parseWarmServiceTarget } from '../warm-service-target.ts';
import { sendRequest } from './request.ts';
import { chooseSet } from './sets.ts';

export interface RollbackOptions {
  to?: string;
}

/**
 * `ccctl rollback ws/x --to SET`: puts a set back, with the version that it is of; what is live is kept as a failed set.
 * Lists the sets where none, or one that is not there, is named. Asks nothing.
 */
export const rollback: CommandBody<RollbackOptions> = async (context, words, { to }) => {
  const { environment } = context;
  const { key } = parseWarmServiceTarget(words, 'sets to go back to', 0);
  const directory = await stateDirectory(context);
  const view = await requireTakenIn(context, directory, key);
  const sets = await readSets(directory, [view]);
  const set = await listingOnError(environment, sets, () => chosen(sets, to, targetText(key)));
  return await sendRequest(environment, directory, { verb: 'rollback', view, args: { to: set.id } });
};

/** @throws CommandError: exit 2 where none is named, exit 3 for one that is not there, exit 1 for one that is of no use. */
function chosen(sets: readonly SetView[], to: string | undefined, of: string): SetView {
  if (to === undefined)
    throw usageError('say which set to go back to', sets.length === 0 ? `${of} has none yet.` : 'Give --to SET.');
  const set = chooseSet(sets, to.replace(/^sets?\//i, ''));
  if (set.state === 'Complete') return set;
  const why = set.message === undefined ? '' : `: ${oneLine(set.message)}`;
  throw new CommandError(EXIT.Failed, `the set ${set.id} is ${set.state.toLowerCase()}${why}`, {
    remedy: 'Choose another one.',
  });
}

async function listingOnError<T>(environment: CliEnvironment, sets: readonly SetView[], act: () => T): Promise<T> {
  try {
    return act();
  } catch (error) {
    const { stderr, clock } = environment;
    const looks = { nowMs: clock.now(), colours: coloursFor(environment, stderr), width: stderr.columns } as const;
    if (sets.length > 0) say(environment, (await setTable(sets, 'Table', { ...looks, header: 'Header' })).trimEnd());
    throw error;
  }
}
