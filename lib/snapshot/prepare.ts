import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CcError } from '../errors.ts';
import { type Coreutils, throwIfAborted } from '../fs/coreutils.ts';
import { syncDirectory } from '../fs/durable.ts';
import { translateNoSpace } from '../fs/no-space.ts';
import { copyOwn } from '../fs/own-copy.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { moveToTrash } from './discard.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Manifest } from './manifest.ts';
import { type PreparedFor, type PreparedPart, type Seal, sealOf, sealPrepared, unsealPrepared } from './prepared.ts';
import { livePaths, preparedPath, siblingsOf } from './sibling-names.ts';
import { type SetPart, setParts } from './verify-set.ts';

export interface PrepareOptions {
  /** Directory of the set. */
  set: string;
  manifest: Manifest;
  /** Where the copies will become live. All volumes of the set are there. */
  live: PreparedFor;
  tools: Coreutils;
  /** Called before each step; what it throws ends the preparing. */
  onStep?: (step: PrepareStep) => void;
}

export type PrepareStep = 'Copy' | 'Seal';

/**
 * Lays a copy of a set beside the live parts, on their own file systems, in directories that only we enter; digested
 * while it is written, durable, and sealed by a record that is written last. What was prepared before is withdrawn. Live
 * data is not touched, so that it takes no lease. An error leaves nothing; a crash at any point leaves no record, and what
 * the next {@link withdrawPrepared} puts away.
 * @throws CcError `Damaged` (the set is not what its manifest says), `DataMissing` (a live volume is gone), and as
 * `copyOwn`.
 */
export async function prepareCopy(options: PrepareOptions): Promise<void> {
  const { manifest, live, onStep } = options;
  const { directory } = live.home;
  try {
    const setFingerprint = await fingerprintOf(options.set, options.tools.signal);
    const parts = await copyParts(options);
    onStep?.('Seal');
    throwIfAborted(options.tools.signal);
    const { id, digest: manifestDigest, bytes } = manifest;
    await sealPrepared(directory, { format: 1, set: id, manifestDigest, setFingerprint, bytes, parts });
  } catch (error) {
    for (const path of livePaths(live)) await removeTree(preparedPath(path, manifest.id));
    throw translateNoSpace(error, `preparing a copy of ${options.set}`);
  }
}

/**
 * From here on nothing is prepared for these parts; what was is put away, for `emptyTrash`. Takes as long for any amount
 * of data. Under the lease: a restore may be taking it. Idempotent; absent is success.
 */
export async function withdrawPrepared(live: PreparedFor): Promise<void> {
  await unsealPrepared(live.home.directory);
  for (const path of livePaths(live)) {
    for (const sibling of await siblingsOf(path, 'prepared')) await moveToTrash(path, sibling);
  }
}

async function copyParts(options: PrepareOptions): Promise<PreparedPart[]> {
  const parts: PreparedPart[] = [];
  for (const part of setParts(options.set, options.manifest)) {
    if (part.digest === undefined) continue;
    options.onStep?.('Copy');
    parts.push(await copyPart(options, { ...part, digest: part.digest }));
  }
  return parts;
}

async function copyPart(options: PrepareOptions, part: SetPart & { digest: string }): Promise<PreparedPart> {
  const live = livePath(options.live, part);
  const directory = preparedPath(live, options.manifest.id);
  const path = join(directory, 'copy');
  await mkdir(directory, { mode: 0o700 });
  const { digest } = await copyOwn(part.path, path, options.tools);
  if (digest !== part.digest) {
    throw new CcError('Damaged', `${part.kind} ${part.name} has another digest than recorded`, {
      remedy: 'An intact ancestor or a new seed run can take its place.',
    });
  }
  await syncDirectory(directory);
  await syncDirectory(dirname(directory));
  const fingerprint = await fingerprintOf(path, options.tools.signal);
  return { live, path, digest, seal: await sealed(path), fingerprint };
}

function livePath({ home, volumes }: PreparedFor, { kind, name }: SetPart): string {
  if (kind !== 'volume') return kind === 'env' ? home.envFile : home.secretsDirectory;
  const volume = volumes.find((one) => one.name === name);
  if (volume !== undefined) return volume.path;
  throw new CcError('DataMissing', `volume ${name} is not there, no copy can be prepared beside it`);
}

async function sealed(path: string): Promise<Seal> {
  const seal = await sealOf(path);
  if (seal !== undefined) return seal;
  throw new CcError('Conflict', `${path} is gone again`);
}
