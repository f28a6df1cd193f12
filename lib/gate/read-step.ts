import { join } from 'node:path';
import type { HomePlanOptions } from '../app/app-plan.ts';
import { CcError } from '../errors.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { RecipeMirror } from '../recipe/mirror.ts';
import { readNotes, type Way } from './read-notes.ts';
import type { ReleaseNote } from './release-note.ts';
import { orFault, readSide, type Side, unreadableSide } from './side.ts';

/** What {@link judge} judges. */
export interface Step {
  from: Side;
  to: Side;
  notes: readonly ReleaseNote[];
}

export interface ReadStepOptions extends Omit<HomePlanOptions, 'revision'> {
  mirror: Pick<RecipeMirror, 'checkout' | 'listDirectory' | 'readFile'>;
  way: Way;
  /** A directory of our own, which nobody else uses meanwhile; it is gone afterwards, also when this fails. */
  scratch: string;
}

/**
 * Reads both ends of a step from the mirror, and the notes between them. Changes nothing but `scratch`; idempotent.
 * @throws CcError as {@link readSide}, {@link readNotes} and {@link RecipeMirror.checkout}: nothing was concluded.
 */
export async function readStep(options: ReadStepOptions, signal: AbortSignal): Promise<Step> {
  const { mirror, way, scratch, ...planned } = options;
  const sideAt = async (end: 'from' | 'to', version: string): Promise<Side> => {
    const { commit } = way[end];
    const directory = join(scratch, end);
    const fault = await orFault(mirror.checkout(commit, directory, signal));
    if (fault instanceof CcError) return unreadableSide({ version, commit }, fault);
    return readSide(version, { ...planned, revision: { commit, directory } });
  };
  try {
    const from = await sideAt('from', way.from.version);
    const to = await sideAt('to', way.to.tag);
    return { from, to, notes: await readNotes(mirror, way, signal) };
  } finally {
    await removeTree(scratch);
  }
}
