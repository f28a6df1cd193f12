import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { Condition, DeletionStatus, NextAction } from '../api/generated/types.ts';
import { KINDS, type Kind, type ObjectKey } from '../api/kinds.ts';
import { byName, type KindRows, kindRows, rowsOf, selectRows } from '../columns/kind-rows.ts';
import { rowOf } from '../columns/row.ts';
import { CcError, orNothingNow } from '../errors.ts';
import { type EventRecord, mergeEvents } from '../events/event.ts';
import { readLines } from '../events/line-log.ts';
import { KeptRecords } from '../fs/kept-records.ts';
import { recordLogPath } from '../fs/record-scan.ts';
import { type FileSignature, sameSignature } from './file-signature.ts';
import { type ReadEntry, type ReadIndex, readIndexText } from './index-line.ts';
import type { DecisionLine } from './object-logs.ts';
import type { ReportedProblem, SourceState } from './problem-report.ts';
import { type ListQuery, type ReadList, readListText } from './read-list.ts';
import { type StatePaths, statePaths } from './state-paths.ts';
import type { HandledRequest, StoredObject } from './store.ts';

/** What the statuses of all kinds have in common, each part possibly absent: a status may be old or not yet there. */
export interface CommonStatus {
  observedGeneration?: number;
  conditions?: readonly Condition[];
  nextAction?: NextAction;
  lastHandledRequest?: HandledRequest;
  deletion?: DeletionStatus;
  [field: string]: unknown;
}

/** One object as the state directory shows it. `status` is the last one shown; absent before the first pass. */
export interface ReadObject {
  object: StoredObject;
  status?: CommonStatus | undefined;
}

export interface StateView {
  /** By kind in the order of `KINDS`, then by name. */
  objects: ReadObject[];
  /** Files that became no object. */
  problems: ReportedProblem[];
  /** Whether deletions are held; absent before the first listing. */
  source?: SourceState;
}

export interface ReaderOptions {
  stateDirectory: string;
}

export interface ReadAllOptions extends ReaderOptions {
  /**
   * `Trusted`: what the index says is taken as it is, which saves two looks per object. For lists that a person reads while
   * the controller lives, which writes the index at most 200 ms after a change. Default `Checked`.
   */
  index?: 'Checked' | 'Trusted';
}

/**
 * Everything, read-only and without the lock: from `index.jsonl` where that is fresh, else from each object's files.
 * @throws CcError `NotFound` where there is no such state directory.
 */
export async function readAll({ stateDirectory, index = 'Checked' }: ReadAllOptions): Promise<StateView> {
  const paths = requireState(stateDirectory);
  return { objects: indexedObjects(paths, index), ...readReports(paths) };
}

function readReports(paths: StatePaths): Pick<StateView, 'problems' | 'source'> {
  const problems = tryJson<ReportedProblem[]>(paths.problems) ?? [];
  const source = tryJson<SourceState>(paths.source);
  return { problems, ...(source && { source }) };
}

export interface ReadRowsOptions extends ReaderOptions, ListQuery {
  /**
   * Where names are taken from: `List`, which may be 200 ms old; `Directories`: names are as new as the records, for
   * programs that just made or removed one.
   */
  names: 'List' | 'Directories';
}

/** What tables show. */
export interface RowsView extends Pick<StateView, 'problems' | 'source'> {
  /** Of some kinds, in the order of `KINDS`, by name. */
  tables: KindRows[];
}

/**
 * The rows of a table, read-only and without the lock, by `list.jsonl` alone; of objects whose status that does not know,
 * by their files. For a controller that lives. Undefined where the list says nothing: see {@link readAll}.
 * @throws CcError `NotFound` where there is no such state directory.
 */
export function readRows({ stateDirectory, names, ...query }: ReadRowsOptions): RowsView | undefined {
  const paths = requireState(stateDirectory);
  const list = readListText(tryText(paths.list) ?? '', query);
  if (list === undefined) return undefined;
  const { tables, unknown } = names === 'List' ? list : asRecorded(list, paths, query.kinds);
  const others = unknown.flatMap((key) => readFiles(paths, key));
  return { tables: others.length === 0 ? tables : withOthers(tables, others), ...readReports(paths) };
}

function withOthers(tables: readonly KindRows[], others: readonly ReadObject[]): KindRows[] {
  return KINDS.flatMap((kind) => {
    const table = tables.find((one) => one.kind === kind);
    const own = others.filter(({ object }) => object.kind === kind).map((view) => rowOf(view, 'Table'));
    if (own.length === 0) return table ?? [];
    return kindRows(kind, byName([...(table ? rowsOf(table) : []), ...own]));
  });
}

/** The list without what has no record any more, and with what has one and is not in it. */
function asRecorded({ tables }: ReadList, paths: StatePaths, kinds: readonly Kind[]): ReadList {
  const recorded = kinds.map((kind) => {
    const names = namesOf(paths, kind);
    const table = tables.find((one) => one.kind === kind);
    return { kind, ...(table ? known(table, names) : { table, others: names }) };
  });
  return {
    tables: KINDS.flatMap((kind) => recorded.find((one) => one.kind === kind)?.table ?? []),
    unknown: recorded.flatMap(({ kind, others }) => others.map((name) => ({ kind, name }))),
  };
}

/** The rows that these sorted names have, and the names that have no row. */
function known(table: KindRows, names: readonly string[]): { table: KindRows; others: readonly string[] } {
  if (names.length === table.names.length && names.every((name, index) => name === table.names[index]))
    return { table, others: [] };
  const others = new Set(names);
  const kept = table.names.flatMap((name, index) => (others.delete(name) ? [index] : []));
  return { table: selectRows(table, kept), others: [...others] };
}

function indexedObjects(paths: StatePaths, index: ReadAllOptions['index']): ReadObject[] {
  const entries = readIndex(paths);
  // After a start the index knows no status before it was shown again: that of the files is the last one.
  const isTrusted = (entry: ReadEntry): boolean => index === 'Trusted' && entry.statusStat !== undefined;
  const holds = (entry: ReadEntry): boolean => isTrusted(entry) || isEntryCurrent(paths, entry);
  return KINDS.flatMap((kind) =>
    namesOf(paths, kind).flatMap((name) => {
      const entry = entries.get({ kind, name });
      return entry !== undefined && holds(entry) ? [ofEntry(entry)] : readFiles(paths, { kind, name });
    }),
  );
}

/** One object, or undefined. @throws CcError `NotFound` where there is no such state directory. */
export async function readOne({ stateDirectory }: ReaderOptions, key: ObjectKey): Promise<ReadObject | undefined> {
  return readFiles(requireState(stateDirectory), key)[0];
}

/** The status of one object by its file in the state directory; undefined where there is none, or it is no JSON. */
export function shownBefore({ stateDirectory }: ReaderOptions, key: ObjectKey): CommonStatus | undefined {
  return tryJson<{ status: CommonStatus }>(statePaths(stateDirectory).status(key))?.status;
}

/** The `limit` newest events: of one object, or of all of them and the controller; oldest first. */
export async function readEvents(options: ReaderOptions & { limit: number }, key?: ObjectKey): Promise<EventRecord[]> {
  const { stateDirectory, limit } = options;
  const paths = requireState(stateDirectory);
  const keys = key ? [key] : KINDS.flatMap((kind) => namesOf(paths, kind).map((name) => ({ kind, name })));
  const files = [...(key ? [] : [paths.events]), ...keys.map((one) => paths.objectEvents(one))];
  return mergeEvents(await Promise.all(files.map((file) => readLines<EventRecord>(file, limit))), limit);
}

/** The `limit` newest decisions on one object, oldest first. */
export async function readDecisions(
  { stateDirectory, limit }: ReaderOptions & { limit: number },
  key: ObjectKey,
): Promise<DecisionLine[]> {
  return readLines<DecisionLine>(requireState(stateDirectory).decisions(key), limit);
}

function requireState(stateDirectory: string): StatePaths {
  const paths = statePaths(stateDirectory);
  if (isDirectory(paths.objects) || existsSync(recordLogPath(stateDirectory))) return paths;
  const remedy = 'Name it with --state-directory, or start the controller first.';
  throw new CcError('NotFound', `${stateDirectory} is not the state directory of a controller`, { remedy });
}

function isDirectory(path: string): boolean {
  return orNothingNow(() => statSync(path), 'ENOENT', 'ENOTDIR')?.isDirectory() ?? false;
}

/** Of a directory that is lost the log of the records knows them. */
function namesOf(paths: StatePaths, kind: Kind): string[] {
  const directory = paths.kindDirectory(kind);
  const names = orNothingNow(() => readdirSync(directory), 'ENOENT', 'ENOTDIR');
  const known = names ?? keptOf(paths).names(directory);
  return known.filter((name) => !name.startsWith('.')).sort();
}

function readIndex(paths: StatePaths): ReadIndex {
  return readIndexText(tryText(paths.index) ?? '');
}

function ofEntry({ object, status }: ReadEntry): ReadObject {
  return { object, ...(status && { status }) };
}

function isEntryCurrent(paths: StatePaths, entry: ReadEntry): boolean {
  return isCurrent(paths.object(entry), entry.objectStat) && isCurrent(paths.status(entry), entry.statusStat);
}

/** True where the file still is what the index was made from; both absent counts as the same. */
function isCurrent(path: string, expected: FileSignature | undefined): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? expected === undefined : sameSignature(found, expected);
}

/** What the log of the records says, read once for each question that is put to this reader. */
function keptOf(paths: StatePaths): KeptRecords {
  const kept = keptByPaths.get(paths) ?? new KeptRecords(paths.stateDirectory);
  keptByPaths.set(paths, kept);
  return kept;
}

/** By the paths that each question makes anew. */
const keptByPaths = new WeakMap<StatePaths, KeptRecords>();

type Recorded = StoredObject & { recordRevision?: number };

function readFiles(paths: StatePaths, key: ObjectKey): ReadObject[] {
  const place = paths.object(key);
  const record = tryJson<Recorded>(place) ?? (keptOf(paths).record(place) as Recorded | undefined);
  if (record === undefined) return [];
  const { recordRevision: _, ...object } = record;
  const status = shownBefore(paths, key);
  return [{ object, ...(status && { status }) }];
}

/** Undefined for what is absent or no JSON: the reader shows what there is. */
function tryJson<T>(path: string): T | undefined {
  const text = tryText(path);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

/** An error costs several times what a look does that throws none. */
function tryText(path: string): string | undefined {
  const read = (): string | undefined =>
    statSync(path, { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(path, 'utf8');
  return orNothingNow(read, 'ENOENT', 'ENOTDIR', 'EISDIR');
}
