import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { keyText, type ObjectKey } from '../api/kinds.ts';
import { orNothing, systemCode } from '../errors.ts';
import { createFileDurable } from '../fs/durable.ts';
import { namesIn } from '../fs/exists.ts';
import { forEachBounded } from '../serial.ts';
import { deleteRequested, type Facts, type FileFact, type Source } from './object-facts.ts';
import type { TransitionContext } from './object-transitions.ts';
import type { SourceProblem } from './problem-report.ts';
import { runFileText } from './run-file.ts';
import type { UnreadFile } from './spec-listing.ts';
import type { SourcesSeen } from './spec-sources.ts';
import type { Claim, Claims, StoredObject } from './store.ts';

/** Sources whose listing has holes: a file that was never seen is broken or not settled. */
export function gapsOf(seen: SourcesSeen, remembered: readonly StoredObject[]): Set<Source> {
  const known = new Set(remembered.map(({ path }) => path));
  const broken = seen.files.filter(({ path, result }) => !result.ok && !known.has(path));
  const unsettled = [...seen.unsettled].filter(([path]) => !known.has(path)).map(([, file]) => file);
  return new Set([...broken, ...unsettled].map(({ source }) => source));
}

/**
 * Remembered paths at or behind a symlink whose target is not there, and those where something else than a file stands: a
 * person removed neither. Pure.
 */
export function hiddenPaths(seen: SourcesSeen, remembered: readonly StoredObject[]): string[] {
  const paths = remembered.map(({ path }) => path);
  const stands = new Set(seen.unread.map(({ path }) => path));
  const behind = seen.dangling.flatMap((link) => paths.filter((path) => path === link || path.startsWith(`${link}/`)));
  return [...behind, ...paths.filter((path) => stands.has(path) && !behind.includes(path))];
}

/** Files that are there and say nothing, for as long as nobody mends them. Pure. */
export function unreadFiles({ unread, unsettled }: SourcesSeen): UnreadFile[] {
  const lasting = [...unsettled].filter(([, { state }]) => state === 'Lasting');
  return [...unread, ...lasting.map(([path, { message }]) => ({ path, message }))];
}

/** Whether another listing will soon know more: a file is just being written. Pure. */
export function isBeingWritten({ unsettled }: SourcesSeen): boolean {
  return [...unsettled.values()].some(({ state }) => state === 'Passing');
}

/** Remembered paths that are not listed and do not exist. */
export async function absentPaths(
  remembered: readonly StoredObject[],
  listed: ReadonlySet<string>,
): Promise<Set<string>> {
  const absent = new Set<string>();
  await forEachBounded(
    remembered.filter(({ path }) => !listed.has(path)),
    16,
    async ({ path }) => {
      const code = await stat(path).then(() => undefined, systemCode);
      if (code === 'ENOENT' || code === 'ENOTDIR') absent.add(path);
    },
  );
  return absent;
}

/** Why deletions are held although the directory is fine: too much of what owns something is gone at once. */
export function massProblem(
  remembered: readonly StoredObject[],
  facts: Facts,
  owns: (key: ObjectKey) => boolean,
): SourceProblem | undefined {
  const counted = remembered.filter(
    ({ source, deletion }) => source === 'Specs' && (deletion === undefined || deletion.state === 'Missing'),
  );
  const gone = counted.filter((object) => facts.byKey.get(keyText(object))?.fact.fact === 'Absent');
  const isGone = new Set(gone);
  const guarded = counted.map((object) => ({
    owns: owns(object),
    gone: isGone.has(object),
    requested: deleteRequested(object),
  }));
  if (!massIsGone(guarded)) return undefined;
  return { reason: 'MassDeletion', message: 'more than half of the objects that own something are gone at once' };
}

/** A deletion that somebody asked for begins at the second listing. */
export function waitsForListing(object: StoredObject): boolean {
  return object.deletion?.state === 'Missing' && deleteRequested(object);
}

/** One object that people's files describe, as the mass guard counts it. */
export interface GuardedObject {
  /** It holds a claim, a known-good or a running attempt. */
  owns: boolean;
  /** Its file is absent and its deletion has not begun. */
  gone: boolean;
  /** A person asked for this deletion. */
  requested: boolean;
}

/** With fewer owners than this there is no mass. */
const MASS = 3;

/**
 * Must deletions be held? True where more than half of at least three objects that own something are gone at once
 * without a request. Objects whose deletion has begun are not passed in. Pure.
 */
export function massIsGone(objects: readonly GuardedObject[]): boolean {
  const owners = objects.filter(({ owns }) => owns);
  const gone = owners.filter((object) => object.gone && !object.requested);
  return owners.length >= MASS && gone.length * 2 > owners.length;
}

/** The path of something that belongs to an object of that key, or undefined. */
export type Traces = (key: ObjectKey) => string | undefined;

/**
 * What objects that were there before left, and what goes before their record does: claims, and directories of runs. An
 * object without a record that has one of these lost its record; a removed one has none.
 */
export async function tracesOf(stateDirectory: string, claims: Pick<Claims, 'list'>): Promise<Traces> {
  return await tracesAmong(stateDirectory, await claims.list());
}

/** As {@link tracesOf}, of one object and by the claims that this process knows of: for one file that is new. */
export async function traceOf(
  stateDirectory: string,
  claims: Pick<Claims, 'of'>,
  key: ObjectKey,
): Promise<string | undefined> {
  const traces = await tracesAmong(stateDirectory, await claims.of(key));
  return traces(key);
}

async function tracesAmong(stateDirectory: string, claims: readonly Claim[]): Promise<Traces> {
  const claimed = new Map(
    claims.map((claim) => [keyText(claim), join(stateDirectory, 'claims', `${claim.domain}.json`)]),
  );
  const runs = join(stateDirectory, 'runs');
  const directories = new Map(
    (await namesIn(runs)).map((name) => [name.replace(/-[0-9a-f]{8}$/, ''), join(runs, name)]),
  );
  return (key) => claimed.get(keyText(key)) ?? (key.kind === 'Run' ? directories.get(key.name) : undefined);
}

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
