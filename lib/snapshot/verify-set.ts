import { basename } from 'node:path';
import { explainError, orElse, orNothing } from '../errors.ts';
import { WRONG_SORT } from '../fs/durable.ts';
import type { Manifest } from './manifest.ts';
import { diskReader, type SetReader } from './set-reader.ts';
import { setPaths } from './sibling-names.ts';

/** What a look at a set's bytes says. */
export type SetState =
  | { state: 'Intact'; manifest: Manifest }
  | { state: 'Damaged'; reason: string }
  | { state: 'Missing' };

/**
 * Reads the whole set and compares it with its manifest. Never writes. A directory without a manifest is `Missing`: it
 * was never complete, or it is not there. Damage is proven, never guessed: a digest or a manifest that differs, or a
 * part that is not there.
 * @throws CcError `Aborted`; system errors as they are: whoever asks learns nothing about the set and asks again.
 */
export async function verifySet(
  directory: string,
  signal: AbortSignal,
  reader: SetReader = diskReader,
): Promise<SetState> {
  return await stateOf({ directory, reader, digest: (path) => reader.digest(path, signal) });
}

/**
 * As {@link verifySet}, but for the content: whether the set is complete, and has the parts that its manifest says. For
 * who reads it all anyway, or has a proof of the content already.
 */
export async function outlineOf(directory: string, reader: SetReader = diskReader): Promise<SetState> {
  return await stateOf({ directory, reader });
}

async function stateOf(look: Look): Promise<SetState> {
  // Every other system error (EMFILE, ENOMEM, EIO, EACCES …) may be ours or the machine's and proves nothing.
  return await orElse(lookAt(look), ['Damaged', ...WRONG_SORT], (error) => ({
    state: 'Damaged',
    reason: explainError(error),
  }));
}

async function lookAt(look: Look): Promise<SetState> {
  const manifest = await look.reader.manifest(look.directory);
  if (manifest === undefined) return { state: 'Missing' };
  const reason = await firstFault(look, manifest);
  return reason === undefined ? { state: 'Intact', manifest } : { state: 'Damaged', reason };
}

interface Look {
  directory: string;
  reader: SetReader;
  /** Absent: contents are not read. */
  digest?: (path: string) => Promise<string>;
}

async function firstFault(look: Look, manifest: Manifest): Promise<string | undefined> {
  const { directory } = look;
  if (manifest.id !== basename(directory)) return `the manifest in ${basename(directory)} is that of ${manifest.id}`;
  const listed = ((await orNothing(look.reader.names(setPaths.volumes(directory)), 'ENOENT')) ?? []).sort();
  const recorded = manifest.volumes.map((volume) => volume.name).sort();
  if (listed.join('/') !== recorded.join('/')) return `volumes are [${listed}], recorded are [${recorded}]`;
  for (const part of setParts(directory, manifest)) {
    const fault = await partFault(part, look);
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

async function partFault(part: SetPart, { reader, digest }: Look): Promise<string | undefined> {
  const there = await reader.exists(part.path);
  if (part.digest === undefined) return there ? `${part.name} is there but not recorded` : undefined;
  if (!there) return `${part.kind} ${part.name} is gone`;
  const found = digest === undefined ? part.digest : await digest(part.path);
  return found === part.digest ? undefined : `${part.kind} ${part.name} has another digest than recorded`;
}
