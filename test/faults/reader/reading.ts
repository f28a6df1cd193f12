/** Everything that a verdict is made from, read from files and /proc without any code of the product. */
import { dirname, join, relative } from 'node:path';
import { parse } from 'yaml';
import { cgroupsOf } from './cgroups.ts';
import { type KnownGood, parsed, readKnownGood } from './known-good.ts';
import { processesOf } from './processes.ts';
import { type Logged, recordsInLog } from './record-log.ts';
import { contentOf, entriesBelow, namesIn, textOf } from './tree.ts';

/** A status file, as far as it is looked at. */
export interface Status {
  conditions?: { type: string; status: string; reason: string; message?: string }[];
  verdict?: string;
  blame?: string;
  level?: number;
  attempts?: { reason?: string }[];
  stages?: { name: string; result: string; reason?: string; blame?: string }[];
  promotion?: { result: string; reason?: string; version?: string };
  knownGood?: { generation: string; version: string };
  history?: { result: string; version: string }[];
  nextAction?: { reason?: string };
}

export interface Reading {
  /** `Kind/name` → its status file; the kinds of records without a status file are in {@link Reading.records} alone. */
  statuses: Record<string, Status>;
  /** `Kind/name` of every record. */
  records: string[];
  claims: { domain: string; kind: string; name: string }[];
  /** `port domain`. */
  ports: { port: string; domain: string }[];
  /** Domain → its volumes' contents. */
  apps: Record<string, Record<string, string>>;
  canonicals: Record<string, KnownGood>;
  /** Canonicals whose deletion has passed the point of no return. */
  destroying: string[];
  /** Commits that mirrors keep, by the name of the reference. */
  kept: Record<string, string>;
  processes: string[];
  /** Those of apps and commands. */
  cgroups: string[];
  /** Records that no JSON reader takes; logs and the app's own files are texts of others. */
  torn: string[];
  /** Names that operations use while they are under way. */
  unfinished: string[];
}

/** What shows whether something is under way: cheap, to be asked often. */
export type Outcomes = Pick<Reading, 'statuses' | 'records'>;

export interface ReadingOptions {
  specs: string;
  state: string;
  /** Process ids that may have a token or a place below the state directory. */
  except?: readonly number[];
}

/** Never throws: what cannot be read is missing. */
export function readOutcomes({ specs, state }: ReadingOptions): Outcomes {
  const objects = join(state, 'objects');
  return {
    statuses: { ...statusesIn(specs), ...statusesIn(join(state, 'specs')) },
    records: namesIn(objects).flatMap((kind) => namesIn(join(objects, kind)).map((name) => `${kind}/${name}`)),
  };
}

/** Never throws: what cannot be read is missing from the reading, or named as torn. */
export function readState({ specs, state, except = [] }: ReadingOptions): Reading {
  const files = entriesBelow(state).filter(({ path }) => !path.startsWith('recipes/'));
  const names = namesIn(join(state, 'canonicals'));
  const prepared = preparedIn(state);
  const logged = recordsInLog(state);
  return {
    ...readOutcomes({ specs, state }),
    claims: jsonIn(join(state, 'claims')).map(({ value }) => value as Reading['claims'][number]),
    ports: jsonIn(join(state, 'ports')).map(({ name, value }) => ({
      port: name,
      domain: String((value as { domain?: string }).domain),
    })),
    apps: Object.fromEntries(
      namesIn(join(state, 'apps')).map((domain) => [domain, volumesOf(join(state, 'apps', domain, 'volumes'))]),
    ),
    canonicals: Object.fromEntries(names.map((name) => [name, readKnownGood(join(state, 'canonicals', name))])),
    destroying: names.filter((name) => isDestroying(state, `objects/Canonical/${name}/object.json`, logged)),
    kept: Object.assign({}, ...namesIn(join(state, 'recipes')).map((name) => keptIn(join(state, 'recipes', name)))),
    processes: processesOf(state, except),
    cgroups: cgroupsOf(),
    torn: files
      .flatMap(({ path, stats }) => (stats.isFile() && isTorn(state, path) ? [path] : []))
      .filter((path) => !logged.has(path)),
    unfinished: [...files.map(({ path }) => path), ...namesIn(specs).map((name) => `spec directory/${name}`)]
      .filter(isUnfinished)
      .filter((path) => !prepared.has(path)),
  };
}

/** Temp files lie for ten minutes where others write too: `ccctl`, people, supervisors. */
const ALLOWED =
  /^(?:spec directory|specs|requests|apps\/[^/]+\/services)\/.*\.tmp-[^/]*$|^(?:spec directory|specs|requests)\/\.tmp-[^/]*$/;

function isUnfinished(path: string): boolean {
  return /(?:^|\/)\.(?:tmp-|trash-|cc-ci~)[^/]*$/.test(path) && !ALLOWED.test(path);
}

/** Copies of the known-goods that lie sealed beside the volumes; others of that kind were left. */
function preparedIn(state: string): ReadonlySet<string> {
  const records = namesIn(join(state, 'apps')).map((domain) => textOf(join(state, 'apps', domain, 'prepared.json')));
  const parts = records.flatMap((text) => (parsed(text ?? '') as { parts?: { path: string }[] } | undefined)?.parts);
  return new Set(parts.flatMap((part) => (part ? [relative(state, dirname(part.path))] : [])));
}

function statusesIn(directory: string): Record<string, Status> {
  const files = namesIn(directory).filter((name) => name.endsWith('.status.yaml'));
  return Object.fromEntries(files.flatMap((file) => statusIn(join(directory, file))));
}

function statusIn(path: string): [string, Status][] {
  try {
    const { kind, metadata, status } = parse(textOf(path) ?? '');
    return [[`${kind}/${metadata.name}`, status ?? {}]];
  } catch {
    return [];
  }
}

function jsonIn(directory: string): { name: string; value: unknown }[] {
  const names = namesIn(directory).filter((name) => !name.startsWith('.'));
  return names.map((name) => ({ name, value: parsed(textOf(join(directory, name)) ?? '') ?? {} }));
}

function volumesOf(directory: string): Record<string, string> {
  const names = namesIn(directory).filter((name) => !name.startsWith('.'));
  return Object.fromEntries(names.map((name) => [name, contentOf(join(directory, name))]));
}

function keptIn(mirror: string): Record<string, string> {
  const directory = join(mirror, 'refs/cc-ci/keep');
  const loose = namesIn(directory).map((name) => [name, (textOf(join(directory, name)) ?? '').trim()]);
  const lines = (textOf(join(mirror, 'packed-refs')) ?? '').split('\n');
  const packed = lines.flatMap((line) => {
    const [commit, name] = line.split(' ');
    return name?.startsWith('refs/cc-ci/keep/') ? [[name.slice('refs/cc-ci/keep/'.length), commit]] : [];
  });
  return Object.fromEntries([...packed, ...loose]);
}

/** By the newer of what the log and the place have: what is removed may be on the disk before the place is. */
function isDestroying(state: string, path: string, logged: ReadonlyMap<string, Logged>): boolean {
  type Recorded = { recordRevision?: number; deletion?: { state?: string } };
  const atPlace = parsed(textOf(join(state, path)) ?? '') as Recorded | undefined;
  const inLog = logged.get(path);
  const isOlder = inLog !== undefined && (atPlace?.recordRevision ?? 0) < inLog.revision;
  const object = isOlder ? (inLog.record as Recorded) : atPlace;
  return object === undefined || object.deletion?.state === 'Destroying';
}

function isTorn(state: string, path: string): boolean {
  const isOurs = !/\/(?:revisions|volumes|logs)\/|(?:^|\/)\.tmp-/.test(path);
  if (!isOurs || !path.endsWith('.json')) return false;
  const text = textOf(join(state, path));
  // A projection that is new is an empty file for a moment; the next start writes it again.
  if (text === '' && /^objects\/[^/]+\/[^/]+\/status\.json$/.test(path)) return false;
  return text !== undefined && parsed(text) === undefined;
}
