import { keyText, type ObjectKey } from '../api/kinds.ts';
import type { SpecProblem } from './spec-codec.ts';
import type { ParsedSpec } from './spec-file.ts';
import { sameIdentity } from './spec-identity.ts';
import type { SpecFile } from './spec-reader.ts';
import type { StoredObject } from './store.ts';

export type Source = StoredObject['source'];
export type SourcedFile = SpecFile & { source: Source };

/** A file that validates. */
export interface ValidFile {
  path: string;
  source: Source;
  fileDigest: string;
  parsed: ParsedSpec;
  notes: readonly SpecProblem[];
}

/**
 * What one round found out about one object's file. `Unknown`: nothing may be concluded. `holder`: the object that the file
 * describes now, where it was renamed inside.
 */
export type FileFact =
  | { fact: 'Valid'; file: ValidFile }
  | { fact: 'Invalid'; fileDigest: string; problems: readonly SpecProblem[] }
  | { fact: 'Absent'; holder?: ObjectKey }
  | { fact: 'Unknown' };

/** A file whose kind and name belong to another file. */
export interface DuplicateFile {
  key: ObjectKey;
  path: string;
  keptPath: string;
}

export interface Facts {
  /** By {@link keyText}; every remembered object and every new one. */
  byKey: Map<string, { key: ObjectKey; fact: FileFact }>;
  duplicates: DuplicateFile[];
  /** Files that belong to no remembered object and do not validate. */
  unknownFiles: { path: string; problems: readonly SpecProblem[]; key?: ObjectKey }[];
}

export interface Observation {
  files: readonly SourcedFile[];
  /** Paths that are there, but could not be read in a settled state. */
  unsettled: ReadonlySet<string>;
  /** May absence be concluded from a gap in the listing of that source? */
  concluded: Readonly<Record<Source, boolean>>;
  /** Paths of remembered objects that were each looked up and do not exist, whatever the listing is worth. */
  absentPaths: ReadonlySet<string>;
}

/** What a round saw, sorted by object. Pure. The remembered path wins a name; among new files the first by path. */
export function assembleFacts(remembered: readonly StoredObject[], seen: Observation): Facts {
  const files = new Map(seen.files.map((file) => [file.path, file]));
  const owners = pathOwners(remembered);
  const byKey: Facts['byKey'] = new Map();
  const candidates = Map.groupBy(seen.files.flatMap(validFile), (file) => keyText(file.parsed));
  for (const object of remembered) {
    const own = files.get(object.path);
    const look = {
      object,
      own,
      owned: owners.get(object.path) === object,
      candidates: candidates.get(keyText(object)),
    };
    byKey.set(keyText(object), { key: object, fact: factOf(look, seen) });
  }
  for (const [text, [first]] of candidates) {
    if (first && !byKey.has(text)) byKey.set(text, { key: first.parsed, fact: { fact: 'Valid', file: first } });
  }
  return {
    byKey,
    duplicates: [...candidates.values()].flat().flatMap((file) => duplicateOf(file, byKey, remembered)),
    unknownFiles: seen.files.flatMap((file) => (owners.has(file.path) ? [] : unknownFile(file))),
  };
}

function unknownFile({ path, result }: SourcedFile): Facts['unknownFiles'] {
  if (result.ok) return [];
  const { problems, key } = result;
  return [{ path, problems, ...(key && { key }) }];
}

/** Two records may remember one path after a rename inside the file; it belongs to the one that is not on its way out. */
function pathOwners(remembered: readonly StoredObject[]): Map<string, StoredObject> {
  const owners = new Map<string, StoredObject>();
  for (const object of remembered) {
    const other = owners.get(object.path);
    if (other === undefined || other.deletion !== undefined) owners.set(object.path, object);
  }
  return owners;
}

/** The file as one that validates; empty where it does not. Pure. */
export function validFile(file: SourcedFile): ValidFile[] {
  if (!file.result.ok) return [];
  const { path, source, fileDigest } = file;
  return [{ path, source, fileDigest, parsed: file.result.parsed, notes: file.result.notes }];
}

interface Look {
  object: StoredObject;
  own: SourcedFile | undefined;
  owned: boolean;
  candidates: readonly ValidFile[] | undefined;
}

function factOf({ object, own, owned, candidates }: Look, seen: Observation): FileFact {
  if (seen.unsettled.has(object.path)) return { fact: 'Unknown' };
  const files = (candidates ?? []).filter((file) => mayBe(object, file.parsed));
  const kept = files.find((file) => file.path === object.path);
  if (kept !== undefined) return { fact: 'Valid', file: kept };
  if (own !== undefined && !own.result.ok && owned)
    return { fact: 'Invalid', fileDigest: own.fileDigest, problems: own.result.problems };
  const concluded = seen.concluded[object.source];
  const pathIsGone = own !== undefined || seen.absentPaths.has(object.path);
  const moved = concluded || pathIsGone ? (likest(object, files) ?? files[0]) : undefined;
  if (moved !== undefined) return { fact: 'Valid', file: moved };
  if (!concluded && !(pathIsGone && deleteRequested(object))) return { fact: 'Unknown' };
  return { fact: 'Absent', ...holderIn(object, own) };
}

/** Of several files the one with the recipe of the object. */
function likest(object: StoredObject, files: readonly ValidFile[]): ValidFile | undefined {
  return files.find((file) => sameIdentity(object, file.parsed));
}

/**
 * May a file of that kind and name be the object's? Whose data lies there keeps its name: another recipe in the file is an
 * edit, to be refused. A Run that goes has none, and the next one of that name waits for its end.
 */
function mayBe(object: StoredObject, { spec }: ParsedSpec): boolean {
  return object.kind !== 'Run' || object.deletion?.state !== 'Started' || sameIdentity(object, { spec });
}

function holderIn({ kind, name }: StoredObject, own: SourcedFile | undefined): { holder?: ObjectKey } {
  if (!own?.result.ok) return {};
  const { parsed } = own.result;
  return parsed.kind === kind && parsed.name === name ? {} : { holder: { kind: parsed.kind, name: parsed.name } };
}

/** True where a person said `delete` for this very object. */
export function deleteRequested(object: StoredObject): boolean {
  return object.deletion?.requested === true || object.requests.some((request) => request.verb === 'delete');
}

function duplicateOf(file: ValidFile, byKey: Facts['byKey'], remembered: readonly StoredObject[]): DuplicateFile[] {
  const known = byKey.get(keyText(file.parsed));
  if (known?.fact.fact === 'Valid' && known.fact.file.path === file.path) return [];
  const kept = remembered.find((object) => known?.key === object)?.path;
  const winner = known?.fact.fact === 'Valid' ? known.fact.file.path : kept;
  return [{ key: file.parsed, path: file.path, keptPath: winner ?? file.path }];
}
