import type { EventInput, StoredObject } from './store.ts';

/** What a round's change of one record is worth telling people; that it is new, its creation time says. Pure. */
export function roundEvents(before: StoredObject | undefined, after: StoredObject): EventInput[] {
  if (before === undefined) return [];
  const events: EventInput[] = [];
  if (before.path !== after.path) events.push(normal('FileMoved', `${before.path} is ${after.path} now`));
  if (after.deletion?.state !== before.deletion?.state) events.push(deletionEvent(after));
  if (after.generation !== before.generation) events.push(generationEvent(after));
  return events;
}

function deletionEvent({ path, deletion }: StoredObject): EventInput {
  if (deletion === undefined) return normal('FileReturned', `${path} is there again; it is not deleted`);
  if (deletion.state === 'Missing') return normal('FileMissing', `${path} is gone; the grace time runs`);
  return normal('DeletionStarted', `${path} is gone; the deletion has begun`);
}

function generationEvent({ path, generation, rejected }: StoredObject): EventInput {
  if (rejected === undefined) return normal('SpecChanged', `generation ${generation} of ${path} is in force`);
  const [first] = rejected.problems;
  const place = first ? `${first.line}:${first.column}: ${first.message}` : 'it does not validate';
  return { type: 'Warning', reason: 'SpecRejected', message: `${path}:${place}; the last valid spec stays in force` };
}

function normal(reason: string, message: string): EventInput {
  return { type: 'Normal', reason, message };
}
