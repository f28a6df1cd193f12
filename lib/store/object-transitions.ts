import { isDeepStrictEqual } from 'node:util';
import type { ObjectKey } from '../api/kinds.ts';
import type { FileFact, ValidFile } from './object-facts.ts';
import { deleteRequested } from './object-facts.ts';
import { ownersOf } from './run-file.ts';
import type { Deletion, StoredObject } from './store.ts';

export interface TransitionContext {
  /** RFC 3339, for `creationTimestamp` and handled requests. */
  time: string;
  /** Running time now, milliseconds. */
  runningMs: number;
  /** `deletionGrace`, milliseconds of running time. */
  graceMs: number;
  /** The mass guard or an unavailable source holds deletions that nobody asked for. */
  held: boolean;
  newUid(): string;
}

/**
 * What the store remembers after one complete round in which it saw `fact`. Pure but for `newUid`. Returns `remembered`
 * itself where nothing changed. Absence never moves an object by more than one step: missing, then (a later listing,
 * the grace time over) started; what follows is the reconciler's.
 */
export function transition(
  remembered: StoredObject | undefined,
  fact: FileFact,
  context: TransitionContext,
): StoredObject | undefined {
  if (remembered === undefined) return fact.fact === 'Valid' ? created(fact.file, context) : undefined;
  if (remembered.deletion?.state === 'Destroying') return remembered;
  if (fact.fact === 'Unknown') return remembered;
  if (fact.fact === 'Absent') return absent(remembered, fact, context);
  if (fact.fact === 'Invalid') return invalid(remembered, fact, context);
  return present(remembered, fact.file, context);
}

function created(file: ValidFile, context: TransitionContext): StoredObject {
  const { kind, name, labels, annotations, spec, digest } = file.parsed;
  return {
    kind,
    name,
    uid: context.newUid(),
    path: file.path,
    source: file.source,
    labels,
    annotations,
    ownerReferences: file.source === 'State' ? ownersOf(annotations) : [],
    creationTimestamp: context.time,
    generation: 1,
    validGeneration: 1,
    digest,
    fileDigest: file.fileDigest,
    spec,
    notes: file.notes,
    requests: [],
    suspended: false,
  };
}

function present(remembered: StoredObject, file: ValidFile, context: TransitionContext): StoredObject {
  const object = withdrawDeletion(remembered, context);
  if (object.path === file.path && object.fileDigest === file.fileDigest && object.rejected === undefined)
    return object;
  const { rejected, refused, ...rest } = object;
  const { labels, annotations, spec, digest } = file.parsed;
  const changed = rejected !== undefined || digest !== object.digest;
  const generation = changed ? object.generation + 1 : object.generation;
  const { path, source, fileDigest, notes } = file;
  const seen = { path, source, fileDigest, notes, labels, annotations, spec, digest };
  const judged = changed || refused === undefined ? {} : { refused };
  // Paths beside a file that was moved are others now.
  const moved = !changed && rest.accepted?.digest === digest ? { accepted: { ...rest.accepted, spec } } : {};
  return {
    ...rest,
    ...judged,
    ...moved,
    ...seen,
    generation,
    validGeneration: changed ? generation : object.validGeneration,
  };
}

/** The file is back: the deletion is off, and a request for it is answered rather than kept for a later absence. */
function withdrawDeletion(object: StoredObject, context: TransitionContext): StoredObject {
  if (object.deletion === undefined) return dropStaleDelete(object, context);
  const { deletion: _, ...rest } = object;
  return answerDelete(rest, context, { result: 'Refused', message: 'the spec file came back' });
}

/** A `delete` whose file nobody removed is refused once the grace time is over. */
function dropStaleDelete(object: StoredObject, context: TransitionContext): StoredObject {
  const request = object.requests.find(({ verb }) => verb === 'delete');
  if (request === undefined) return object;
  if (context.runningMs - (request.receivedRunningMs ?? 0) < context.graceMs) return object;
  return answerDelete(object, context, { result: 'Refused', message: `the spec file ${object.path} is still there` });
}

/** A broken file stands where the object's was: nothing of it goes meanwhile, but of a Run that is on its way out. */
function invalid(
  remembered: StoredObject,
  { fileDigest, problems }: Extract<FileFact, { fact: 'Invalid' }>,
  context: TransitionContext,
): StoredObject {
  if (remembered.kind === 'Run' && remembered.deletion?.state === 'Started') return remembered;
  if (remembered.deletion === undefined && isRejected(remembered, fileDigest)) return remembered;
  const object = remembered.deletion === undefined ? remembered : withdrawDeletion(remembered, context);
  const generation = isRejected(object, fileDigest) ? object.generation : object.generation + 1;
  return { ...object, generation, fileDigest, rejected: { reason: 'InvalidSpec', problems } };
}

function isRejected(object: StoredObject, fileDigest: string): boolean {
  return object.rejected !== undefined && object.fileDigest === fileDigest;
}

function absent(
  object: StoredObject,
  { holder }: Extract<FileFact, { fact: 'Absent' }>,
  context: TransitionContext,
): StoredObject {
  const { deletion } = object;
  const marks = marksOf(object, holder);
  if (deletion === undefined)
    return { ...object, deletion: { state: 'Missing', missingSinceRunningMs: context.runningMs, ...marks } };
  const { purge: _, renamedTo: __, ...bare } = deletion;
  const marked = { ...bare, ...marks };
  if (deletion.state === 'Missing') {
    const graceOver = context.runningMs - deletion.missingSinceRunningMs >= context.graceMs;
    if (marks.requested || (graceOver && !context.held)) return started(object, marked, context);
  }
  const asked = deletion.state === 'Started' && object.requests.some(({ verb }) => verb === 'delete');
  const message = marks.purge ? 'its data is removed now' : 'the deletion had begun already';
  const answered = asked ? answerDelete(object, context, { result: 'Done', message }) : object;
  return isDeepStrictEqual(deletion, marked) ? answered : { ...answered, deletion: marked };
}

/** What people said of the deletion, and where the file went. */
function marksOf(
  object: StoredObject,
  holder: ObjectKey | undefined,
): Pick<Deletion, 'requested' | 'purge' | 'renamedTo'> {
  const asks = object.requests.some(({ verb, args }) => verb === 'delete' && args.purge === 'true');
  const purge = object.deletion?.purge === true || asks;
  return {
    requested: deleteRequested(object),
    ...(purge && { purge: true as const }),
    ...(holder && { renamedTo: { kind: holder.kind, name: holder.name } }),
  };
}

function started(object: StoredObject, deletion: Deletion, context: TransitionContext): StoredObject {
  const answered = answerDelete(object, context, { result: 'Done', message: 'the deletion has begun' });
  const { runningMs: startedRunningMs, time: startedTime } = context;
  return { ...answered, deletion: { ...deletion, state: 'Started', startedRunningMs, startedTime } };
}

function answerDelete(
  object: StoredObject,
  context: TransitionContext,
  answer: { result: 'Done' | 'Refused'; message: string },
): StoredObject {
  const request = object.requests.find(({ verb }) => verb === 'delete');
  if (request === undefined) return object;
  return {
    ...object,
    requests: object.requests.filter(({ verb }) => verb !== 'delete'),
    lastHandledRequest: { id: request.id, verb: 'delete', time: context.time, ...answer },
  };
}
