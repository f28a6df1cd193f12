import { specInForce } from '../store/spec-in-force.ts';
import { type CliEnvironment, say, usageError } from './environment.ts';
import { targetText } from './objects.ts';
import type { ObjectView } from './view.ts';

/**
 * Lets a person confirm that the data of these objects need not be kept: by the name, typed again, of each.
 * @throws CommandError (exit 2) where there is none to give up, or the name is another one. Nothing was changed then.
 */
export async function confirmPurge(
  environment: CliEnvironment,
  views: readonly ObjectView[],
  confirmation: 'Ask' | 'Given',
): Promise<void> {
  for (const view of views) refuseUseless(view);
  if (confirmation === 'Given') return;
  const read = environment.readLine;
  if (read === undefined)
    throw usageError('--purge wants the name typed again', 'Give --yes where nobody can type it.');
  for (const { object } of views) {
    say(environment, `This gives up the data of ${targetText(object)} for good. Type ${object.name} to go on:`);
    if ((await read()).trim() !== object.name)
      throw usageError(`that is not ${object.name}`, 'Nothing was changed. See --yes to be asked nothing.');
  }
}

function refuseUseless({ object }: ObjectView): void {
  const target = targetText(object);
  if (object.kind === 'Run' || object.kind === 'Sweep')
    throw usageError(`${target} keeps no data after its deletion`, 'Delete it without --purge.');
  const { deletionPolicy } = specInForce(object) as { deletionPolicy?: string };
  if (deletionPolicy === 'Retain')
    throw usageError(
      `${target} keeps its data by deletionPolicy: Retain`,
      `Set spec.deletionPolicy to Delete in ${object.path} first.`,
    );
}
