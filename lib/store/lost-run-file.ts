import { orNothing } from '../errors.ts';
import { createFileDurable } from '../fs/durable.ts';
import { deleteRequested, type FileFact } from './object-facts.ts';
import type { TransitionContext } from './object-transitions.ts';
import { runFileText } from './run-file.ts';
import type { StoredObject } from './store.ts';

/**
 * True where the file of a run that was created below the state directory is gone although nobody asked for its deletion:
 * people do not remove files there, so it was lost. Pure.
 */
export function isFileLost(object: StoredObject, fact: FileFact, context: TransitionContext): boolean {
  if (object.source !== 'State' || fact.fact !== 'Absent' || object.deletion?.state !== 'Missing') return false;
  const since = context.runningMs - object.deletion.missingSinceRunningMs;
  return !deleteRequested(object) && since >= context.graceMs;
}

/** Writes the file again from what is remembered of it; the next listing finds it. Idempotent. */
export async function writeRunFileAgain({ path, name, labels, annotations, spec }: StoredObject): Promise<void> {
  const run = { name, labels, annotations, spec: spec as Readonly<Record<string, unknown>> };
  await orNothing(createFileDurable(path, runFileText(run)), 'Conflict');
}
