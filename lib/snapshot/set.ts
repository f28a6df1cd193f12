import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, toTime } from '../clock.ts';
import { CcError } from '../errors.ts';
import { copyTree } from '../fs/copy-tree.ts';
import { type Coreutils, throwIfAborted } from '../fs/coreutils.ts';
import { DIRECT } from '../fs/directory-calls.ts';
import { renameDurable, syncDirectory, syncTree } from '../fs/durable.ts';
import { exists, namesIn } from '../fs/exists.ts';
import { translateNoSpace } from '../fs/no-space.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { checkStreamed, streamCopy } from '../fs/stream-copy.ts';
import { type TreeDigest, treeDigest } from '../fs/tree-digest.ts';
import { atPlace } from '../fs/tree-walk.ts';
import { allEnded } from '../serial.ts';
import { type Manifest, type ManifestFields, readManifest, sealManifest, writeManifest } from './manifest.ts';
import { safeName, setPaths } from './sibling-names.ts';

/** A volume and the directory in which its bytes are. */
export interface VolumePath {
  name: string;
  path: string;
}

export interface MakeSetOptions {
  /** Id of the operation; becomes the directory's name. */
  id: string;
  /** Directory of all sets of one object (`generations`, `sets`); created when missing. */
  directory: string;
  volumes: readonly VolumePath[];
  /** The app's env file; need not exist. */
  envFile: string;
  /** The app's directory of secret values; need not exist. */
  secretsDirectory: string;
  fields: ManifestFields;
  /** Throws unless a listing of the platform shows that nothing of the app runs; called before and after the copy. */
  assertUndeployed: () => Promise<void>;
  clock: Clock;
  tools: Coreutils;
  /** Called before each step; what it throws ends the making. */
  onStep?: (step: MakeSetStep) => void;
}

export type MakeSetStep = 'Assert' | 'Copy' | 'Sync' | 'Manifest' | 'Rename';

/**
 * Makes one set of everything that must move together, write-once: a complete set of that id is returned as it is, an
 * unfinished one is made anew. Each byte is read once: its digest is made on the way into the copy. Until the last rename
 * nothing but `.tmp-<id>` exists; a failure removes it.
 * @throws CcError what `assertUndeployed` throws; `DataMissing` (a volume is gone); `Conflict` (a volume changed
 * meanwhile); `Damaged` (a broken set has that id); `Refused` (owners cannot be kept); `NoSpace`; `Aborted`;
 * `InvalidInput`.
 */
export async function makeSet(options: MakeSetOptions): Promise<Manifest> {
  const path = join(options.directory, safeName('set id', options.id));
  if (await exists(path)) return await finishedSet(path);
  const temp = join(options.directory, `.tmp-${options.id}`);
  options.onStep?.('Assert');
  await options.assertUndeployed();
  await removeTree(temp);
  try {
    const manifest = await fillSet(temp, options);
    options.onStep?.('Rename');
    throwIfAborted(options.tools.signal);
    await renameDurable(temp, path);
    return manifest;
  } catch (error) {
    await removeTree(temp);
    throw translateNoSpace(error, `making the set ${path}`);
  }
}

async function finishedSet(path: string): Promise<Manifest> {
  const manifest = await readManifest(path);
  if (manifest !== undefined) {
    await syncDirectory(join(path, '..'));
    return manifest;
  }
  throw new CcError('Damaged', `${path} exists without a manifest`, { remedy: 'Sets are write-once: use another id.' });
}

async function fillSet(temp: string, options: MakeSetOptions): Promise<Manifest> {
  const { tools } = options;
  options.onStep?.('Copy');
  await mkdir(setPaths.volumes(temp), { recursive: true, mode: 0o700 });
  const copies = await copyParts(temp, options);
  options.onStep?.('Sync');
  const [digests] = await allEnded([checkParts(copies, tools.signal), syncTree(temp, tools)]);
  await options.assertUndeployed();
  options.onStep?.('Manifest');
  const manifest = await describeSet(temp, digests, { ...options, volumes: options.volumes.map(({ name }) => name) });
  await writeManifest(temp, manifest);
  return manifest;
}

/** A part of the set that is copied, and how to find what the copy holds once all are. */
interface CopiedPart {
  to: string;
  digest: (signal: AbortSignal) => Promise<TreeDigest>;
}

/** Volumes one after the other; beside them what is small, which costs but its children. */
async function copyParts(temp: string, options: MakeSetOptions): Promise<CopiedPart[]> {
  const { tools } = options;
  const [volumes, env, secrets] = await allEnded([
    copyVolumes(temp, options),
    copyRecord(options.envFile, setPaths.env(temp), tools),
    copyRecord(options.secretsDirectory, setPaths.secrets(temp), tools),
  ]);
  return [...volumes, ...env, ...secrets];
}

/** An app that was not ended after all may still reach its volume: no link in it is followed. */
async function copyVolumes(temp: string, { volumes, tools }: MakeSetOptions): Promise<CopiedPart[]> {
  const copied: CopiedPart[] = [];
  for (const { name, path } of volumes) {
    const to = setPaths.volume(temp, safeName('volume', name));
    const copy = await atPlace(path, (place) => streamCopy(place, to, tools));
    copied.push({ to, digest: (signal) => atPlace(path, (place) => checkStreamed(place, copy, signal, DIRECT)) });
  }
  return copied;
}

/** What no app can write to, and is small; nothing where there is none. */
async function copyRecord(from: string, to: string, tools: Coreutils): Promise<CopiedPart[]> {
  if (!(await exists(from))) return [];
  await copyTree(from, to, tools);
  return [{ to, digest: (signal) => digestOfBoth(from, to, signal) }];
}

async function digestOfBoth(from: string, to: string, signal: AbortSignal): Promise<TreeDigest> {
  const [original, copy] = await allEnded([treeDigest(from, signal), treeDigest(to, signal)]);
  if (original.digest === copy.digest) return copy;
  throw new CcError('Conflict', `${from} changed while it was copied`, {
    remedy: 'Edit the env or the secrets of an app when nothing is done with it.',
  });
}

/** What each copy holds, by its path; looked at once all are made, so that a change during any of them is noticed. */
async function checkParts(parts: readonly CopiedPart[], signal: AbortSignal): Promise<Map<string, TreeDigest>> {
  const digests = new Map<string, TreeDigest>();
  for (const { to, digest } of parts) digests.set(to, await digest(signal));
  return digests;
}

export interface SealSetOptions {
  /** The directory of what is to be a set, with its parts where a set has them; becomes none by a rename. */
  directory: string;
  id: string;
  fields: ManifestFields;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Makes a set of parts that lie where a set has them already: reads them and writes the manifest last. Idempotent; copies
 * nothing. @throws CcError `Aborted`; `Conflict` where something changes meanwhile; `NoSpace`.
 */
export async function sealSet({ directory, id, fields, clock, signal }: SealSetOptions): Promise<Manifest> {
  const sealed = await readManifest(directory);
  if (sealed !== undefined) return sealed;
  const names = (await namesIn(setPaths.volumes(directory))).filter((name) => !name.startsWith('.'));
  const paths = [...names.map((name) => setPaths.volume(directory, name))];
  for (const path of [setPaths.env(directory), setPaths.secrets(directory)]) if (await exists(path)) paths.push(path);
  const digests = new Map<string, TreeDigest>();
  for (const path of paths) digests.set(path, await treeDigest(path, signal));
  const manifest = await describeSet(directory, digests, { id, volumes: names, fields, clock });
  await writeManifest(directory, manifest);
  return manifest;
}

async function describeSet(
  temp: string,
  digests: ReadonlyMap<string, TreeDigest>,
  options: Pick<MakeSetOptions, 'id' | 'fields' | 'clock'> & { volumes: readonly string[] },
): Promise<Manifest> {
  const volumes = options.volumes.map((name) => {
    const found = digests.get(setPaths.volume(temp, name));
    if (found === undefined) throw new CcError('Internal', `volume ${name} was not digested`);
    return { name, files: found.files, bytes: found.bytes, digest: found.digest, skipped: found.sockets };
  });
  const env = digests.get(setPaths.env(temp));
  const secrets = digests.get(setPaths.secrets(temp));
  return sealManifest({
    ...options.fields,
    format: 1,
    id: options.id,
    createdTime: toTime(options.clock.now()),
    volumes,
    ...(env ? { env: { digest: env.digest } } : {}),
    ...(secrets ? { secrets: { names: await namesIn(setPaths.secrets(temp)), digest: secrets.digest } } : {}),
    bytes: volumes.reduce((sum, volume) => sum + volume.bytes, 0),
  });
}
