import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { CcError, explainError, systemCode } from '../errors.ts';
import { exists } from '../fs/exists.ts';
import { treeDigest } from '../fs/tree-digest.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { setPaths } from './names.ts';

/** What a look at a set's bytes says. */
export type SetState =
  | { state: 'Intact'; manifest: Manifest }
  | { state: 'Damaged'; reason: string }
  | { state: 'Missing' };

/**
 * Reads the whole set and compares it with its manifest. Never writes. A directory without a manifest is `Missing`: it
 * was never complete, or it is not there.
 * @throws CcError `Aborted`; a fault of reading (EIO, EACCES) counts as damage.
 */
export async function verifySet(directory: string, signal: AbortSignal): Promise<SetState> {
  try {
    const manifest = await readManifest(directory);
    if (manifest === undefined) return { state: 'Missing' };
    const reason = await firstFault(directory, manifest, signal);
    return reason === undefined ? { state: 'Intact', manifest } : { state: 'Damaged', reason };
  } catch (error) {
    const unreadable = error instanceof CcError ? error.code === 'Damaged' : systemCode(error) !== undefined;
    if (unreadable) return { state: 'Damaged', reason: explainError(error) };
    throw error;
  }
}

async function firstFault(directory: string, manifest: Manifest, signal: AbortSignal): Promise<string | undefined> {
  if (manifest.id !== basename(directory)) return `the manifest in ${basename(directory)} is that of ${manifest.id}`;
  const listed = (await readdir(setPaths.volumes(directory))).sort();
  const recorded = manifest.volumes.map((volume) => volume.name).sort();
  if (listed.join('/') !== recorded.join('/')) return `volumes are [${listed}], recorded are [${recorded}]`;
  for (const part of setParts(directory, manifest)) {
    const fault = await partFault(part, signal);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** One file or directory that a set holds, or is known not to hold. */
export interface SetPart {
  kind: 'volume' | 'env' | 'secrets';
  /** The volume's name; `env`; `secrets`. */
  name: string;
  path: string;
  /** Absent: the app had none when the set was made. */
  digest?: string;
}

/** The parts of a set in the order in which they are restored: volumes, then secrets, then env. Pure. */
export function setParts(directory: string, manifest: Manifest): SetPart[] {
  const volumes = manifest.volumes.map(
    ({ name, digest }): SetPart => ({ kind: 'volume', name, path: setPaths.volume(directory, name), digest }),
  );
  return [
    ...volumes,
    { kind: 'secrets', name: 'secrets', path: setPaths.secrets(directory), ...digestOf(manifest.secrets) },
    { kind: 'env', name: 'env', path: setPaths.env(directory), ...digestOf(manifest.env) },
  ];
}

function digestOf(recorded: { digest: string } | undefined): { digest?: string } {
  return recorded === undefined ? {} : { digest: recorded.digest };
}

async function partFault(part: SetPart, signal: AbortSignal): Promise<string | undefined> {
  const there = await exists(part.path);
  if (part.digest === undefined) return there ? `${part.name} is there but not recorded` : undefined;
  if (!there) return `${part.kind} ${part.name} is gone`;
  const found = await treeDigest(part.path, signal);
  return found.digest === part.digest ? undefined : `${part.kind} ${part.name} has another digest than recorded`;
}
