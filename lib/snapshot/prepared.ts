import type { BigIntStats } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../api/objects.ts';
import { orNothing } from '../errors.ts';
import { readJson, syncDirectory, writeJsonDurable } from '../fs/durable.ts';
import type { Pace } from '../fs/pace.ts';
import { treeDigest } from '../fs/tree-digest.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Manifest } from './manifest.ts';
import { setParts } from './verify-set.ts';

/** What tells a file or directory from every other one, and from itself once it was changed, without reading it. */
export interface Seal {
  inode: string;
  size: string;
  mode: string;
  owner: string;
  changeTimeNs: string;
}

/** A copy of one part of a set, beside the live part. */
export interface PreparedPart {
  live: string;
  /** Becomes live by a rename; alone in a directory that nobody but us enters. */
  path: string;
  digest: string;
  seal: Seal;
  /** Of the whole copy: {@link fingerprintOf}. */
  fingerprint: string;
}

/** `prepared.json` in the app's directory, written last: every part was copied, digested and made durable before. */
export interface PreparedCopy {
  format: 1;
  /** Id of the set, and the digest of its manifest. */
  set: string;
  manifestDigest: string;
  /** Of the set before it was copied, by {@link fingerprintOf}: while it is that, the set is what was digested then. */
  setFingerprint: string;
  bytes: number;
  parts: PreparedPart[];
}

/** Where the live parts of an app are, as far as a prepared copy is concerned. */
export interface PreparedFor {
  home: { directory: string; envFile: string; secretsDirectory: string };
  volumes: readonly { name: string; path: string }[];
}

/** The record, or undefined without a readable one: then there is no prepared copy. @throws system errors as they are. */
export async function readPrepared(appDirectory: string): Promise<PreparedCopy | undefined> {
  const found = await orNothing(readJson<unknown>(recordPath(appDirectory)), 'Damaged');
  return isPreparedCopy(found) ? found : undefined;
}

/** Writes the record durably. */
export async function sealPrepared(appDirectory: string, copy: PreparedCopy): Promise<void> {
  await writeJsonDurable(recordPath(appDirectory), copy, { mode: 0o600 });
}

/** From here on there is no prepared copy; durable. What was copied is litter. Absent is success. */
export async function unsealPrepared(appDirectory: string): Promise<void> {
  await orNothing(unlink(recordPath(appDirectory)), 'ENOENT');
  await syncDirectory(appDirectory);
}

/** The prepared parts of that set whose seals match, by their live paths. Reads no data, however much there is. */
export async function preparedParts(appDirectory: string, manifest: Manifest): Promise<Map<string, PreparedPart>> {
  const record = await readPrepared(appDirectory);
  const found = new Map<string, PreparedPart>();
  if (record?.set !== manifest.id || record.manifestDigest !== manifest.digest) return found;
  for (const part of record.parts) if (await isSealed(part)) found.set(part.live, part);
  return found;
}

/** Whether the whole set can be put in place without reading it. */
export async function isPrepared(live: PreparedFor, manifest: Manifest): Promise<boolean> {
  const sealed = await preparedParts(live.home.directory, manifest);
  return livePathsOf(live, manifest).every((path) => path !== undefined && sealed.has(path));
}

/** Whether nobody has written to the set since the copy was made of it; reads no data. */
export async function isAsCopied(appDirectory: string, set: string, signal: AbortSignal): Promise<boolean> {
  const { setFingerprint } = (await readPrepared(appDirectory)) ?? {};
  const now = await orNothing(fingerprintOf(set, signal), 'DataMissing', 'Conflict');
  return now !== undefined && now === setFingerprint;
}

/** The live paths of everything that the set holds; undefined for a volume that is not there. Pure. */
function livePathsOf({ home, volumes }: PreparedFor, manifest: Manifest): (string | undefined)[] {
  const recorded = setParts('', manifest).filter(({ digest }) => digest !== undefined);
  return recorded.map(({ kind, name }) => {
    if (kind !== 'volume') return kind === 'env' ? home.envFile : home.secretsDirectory;
    return volumes.find((volume) => volume.name === name)?.path;
  });
}

/** How a look at the prepared copy is taken: by what the system tells of all its entries, or by all their content. */
export type PreparedLook = (part: PreparedPart) => Promise<boolean>;

/** By {@link fingerprintOf}. */
export function byFingerprint(signal: AbortSignal): PreparedLook {
  return async ({ path, fingerprint }) => (await fingerprintOf(path, signal)) === fingerprint;
}

/** By `treeDigest`. */
export function byContent(signal: AbortSignal, pace?: Pace): PreparedLook {
  return async ({ path, digest }) => (await treeDigest(path, signal, pace)).digest === digest;
}

/**
 * The live path of the first part of the prepared copy that is not what was sealed; undefined where all are, and where
 * there is no prepared copy. @throws system errors as they are: they say nothing of the copy.
 */
export async function firstBrokenPart(appDirectory: string, look: PreparedLook): Promise<string | undefined> {
  for (const part of (await readPrepared(appDirectory))?.parts ?? []) {
    if (!(await isSealed(part)) || !(await look(part))) return part.live;
  }
  return undefined;
}

/** The seal of what lies at a path now; undefined where nothing does. */
export async function sealOf(path: string): Promise<Seal | undefined> {
  const stats = await orNothing(lstat(path, { bigint: true }), 'ENOENT', 'ENOTDIR');
  return stats && sealFrom(stats);
}

function sealFrom({ ino, size, mode, uid, gid, ctimeNs }: BigIntStats): Seal {
  const owner = `${uid}:${gid}`;
  return { inode: String(ino), size: String(size), mode: mode.toString(8), owner, changeTimeNs: String(ctimeNs) };
}

async function isSealed({ path, seal }: PreparedPart): Promise<boolean> {
  const found = await sealOf(path);
  const fields = ['inode', 'size', 'mode', 'owner', 'changeTimeNs'] as const;
  return found !== undefined && fields.every((field) => found[field] === seal[field]);
}

function isPreparedCopy(value: unknown): value is PreparedCopy {
  if (!isRecord(value) || value.format !== 1 || !Array.isArray(value.parts)) return false;
  const { set, manifestDigest, setFingerprint, bytes, parts } = value;
  const isPart = (part: unknown): boolean =>
    isRecord(part) && typeof part.live === 'string' && typeof part.path === 'string' && isRecord(part.seal);
  return (
    [set, manifestDigest, setFingerprint].every((one) => typeof one === 'string') &&
    typeof bytes === 'number' &&
    parts.every(isPart)
  );
}

function recordPath(appDirectory: string): string {
  return join(appDirectory, 'prepared.json');
}
