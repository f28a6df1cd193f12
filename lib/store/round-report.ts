import { keyText } from '../api/kinds.ts';
import type { Facts } from './object-facts.ts';
import type { FileProblem } from './problem-report.ts';
import type { UnreadFile } from './spec-listing.ts';
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
  const { renamedTo } = deletion;
  if (renamedTo && deletion.state === 'Missing')
    return {
      type: 'Warning',
      reason: 'Renamed',
      message: `${path} describes ${keyText(renamedTo)} now; the grace time runs`,
    };
  if (deletion.state === 'Missing') return normal('FileMissing', `${path} is gone; the grace time runs`);
  return normal('DeletionStarted', `${path} is gone; the deletion has begun`);
}

function generationEvent({ path, generation, rejected }: StoredObject): EventInput {
  if (rejected === undefined) return normal('SpecChanged', `${path} is generation ${generation} now`);
  const [first] = rejected.problems;
  const place = first ? `${first.line}:${first.column}: ${first.message}` : 'it does not validate';
  return { type: 'Warning', reason: 'SpecRejected', message: `${path}:${place}; the last valid spec stays in force` };
}

/** What is worth telling people of a judgement: an edit that came into force, or one that did not. Pure. */
export function judgementEvent(before: StoredObject | undefined, after: StoredObject): EventInput | undefined {
  const { path, accepted, refused } = after;
  if (refused !== undefined && refused !== before?.refused) {
    const stays = accepted ? `Generation ${accepted.generation} stays in force.` : 'Nothing is in force.';
    const message = `generation ${refused.generation} of ${path} is not in force (${refused.reason}): ${refused.message} ${stays}`;
    return { type: 'Warning', reason: 'SpecRefused', message };
  }
  const edited = before?.accepted !== undefined || before?.refused !== undefined;
  if (!edited || accepted === undefined || accepted.generation === before.accepted?.generation) return undefined;
  return normal('SpecAccepted', `generation ${accepted.generation} of ${path} is in force`);
}

function normal(reason: EventInput['reason'], message: string): EventInput {
  return { type: 'Normal', reason, message };
}

/** The files of a round that became no object, each with what to tell people. Pure. */
export function fileProblems(facts: Facts): FileProblem[] {
  const invalid = facts.unknownFiles.map(
    ({ path, problems, key }): FileProblem => ({
      path,
      ...(key && { key }),
      reason: 'InvalidSpec',
      message: `${problems[0]?.message ?? 'it does not validate'}; no deletion goes on while it lasts`,
      problems,
    }),
  );
  const duplicates = facts.duplicates.map(
    ({ key, path, keptPath }): FileProblem => ({
      path,
      reason: 'DuplicateName',
      message:
        path === keptPath
          ? `${key.kind} ${key.name} is being deleted; this file becomes a new object afterwards`
          : `${key.kind} ${key.name} is described by ${keptPath}; ${path} is not in force`,
      problems: [],
      key: { kind: key.kind, name: key.name },
    }),
  );
  return [...invalid, ...duplicates];
}

/** Files that say nothing, by the name of a spec file; `owners`: the objects that they held before. Pure. */
export function unreadProblems(
  files: readonly UnreadFile[],
  owners: ReadonlyMap<string, Pick<StoredObject, 'kind' | 'name'>>,
): FileProblem[] {
  return files.map(({ path, message }) => {
    const owner = owners.get(path);
    const effect = owner ? `; ${keyText(owner)} goes on by its last valid spec` : '';
    const key = owner && { kind: owner.kind, name: owner.name };
    return { path, reason: 'Unreadable', message: `${message}${effect}`, problems: [], ...(key && { key }) };
  });
}
