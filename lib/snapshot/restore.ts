import { CcError, hasCode, orNothing } from '../errors.ts';
import { type Coreutils, throwIfAborted } from '../fs/coreutils.ts';
import { translateNoSpace } from '../fs/no-space.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { Manifest } from './manifest.ts';
import { preparedParts } from './prepared.ts';
import {
  type JournaledPart,
  type RestoreJournal,
  type RestoreOperation,
  readRestoreJournal,
  writeRestoreJournal,
} from './restore-journal.ts';
import { makeIncoming, swapIn } from './restore-part.ts';
import type { VolumePath } from './set.ts';
import { incomingPath, safeName, siblingsOf } from './sibling-names.ts';
import { outlineOf, setParts } from './verify-set.ts';
import { withdrawRestore } from './withdraw.ts';

/** Where the live parts of an app are. */
export interface RestoreTarget {
  /** `apps/<domain>`: holds the journal of the restore. */
  directory: string;
  envFile: string;
  secretsDirectory: string;
  /**
   * All volumes of the app that exist, those of `names` created (empty) where they did not. Not called again when a
   * restore is resumed: the journal has the paths.
   */
  volumes: (names: readonly string[]) => Promise<readonly VolumePath[]>;
}

export interface RestoreSetOptions {
  /** Directory of the set. */
  set: string;
  target: RestoreTarget;
  operation: RestoreOperation;
  /** Throws unless a listing of the platform shows that nothing of the app runs. */
  assertUndeployed: () => Promise<void>;
  /** Records recipe version and commit of the set as the app's; called last, must be idempotent. */
  setRevision?: (manifest: Manifest) => Promise<void>;
  tools: Coreutils;
  /** Called before each step; what it throws ends the restore there. */
  onStep?: (step: RestoreStep) => void;
}

export type RestoreStep = 'Verify' | 'Journal' | 'Copy' | 'Swap' | 'MarkDone' | 'Revision' | 'Finish';

/**
 * Puts volumes, secrets and env of a set in the place of the live ones. What was live lies beside it afterwards, until
 * `discardAsides`. A sealed prepared copy of a part takes its place by renames alone, however large it is; of the other
 * parts copies are made, all before the first live name moves, so a full disk changes nothing. Idempotent and
 * resumable: called again with the same operation after a crash or an error at any point it goes on, and does nothing
 * once it has ended. A new operation or attempt takes over from an unfinished one. Until it has ended
 * `restoreUnfinished` names it. A journal that cannot be read is taken over too: what lies in the live places goes aside.
 * @throws CcError `DataMissing` (no such set), `Damaged` (set), what `assertUndeployed` throws, `NoSpace`,
 * `Refused` (owners cannot be kept), `Aborted`, `InvalidInput`.
 */
export async function restoreSet(options: RestoreSetOptions): Promise<Manifest> {
  safeName('operation id', options.operation.id);
  options.onStep?.('Verify');
  const manifest = await completeManifest(options);
  // What one that cannot be read had moved is seen by its asides, which are never overwritten.
  const earlier = await orNothing(readRestoreJournal(options.target.directory), 'Damaged');
  if (earlier && isSame(earlier, options, manifest) && earlier.state === 'Restored') return manifest;
  await options.assertUndeployed();
  try {
    const journal = await begin(options, manifest, earlier);
    await copyParts(journal, options, earlier);
    await swapParts(journal, options);
    options.onStep?.('Revision');
    await options.setRevision?.(manifest);
    options.onStep?.('Finish');
    await writeRestoreJournal(options.target.directory, { ...journal, state: 'Restored' });
  } catch (error) {
    throw translateNoSpace(error, `restoring ${options.set}`);
  }
  return manifest;
}

/** The content is looked at while it is copied; of what is prepared it was, before it was sealed. */
async function completeManifest({ set }: RestoreSetOptions): Promise<Manifest> {
  const found = await outlineOf(set);
  if (found.state === 'Intact') return found.manifest;
  const remedy = 'Restore an older intact set; live data was not touched.';
  if (found.state === 'Damaged') throw new CcError('Damaged', `${set}: ${found.reason}`, { remedy });
  throw new CcError('DataMissing', `${set} is not a complete set`, { remedy });
}

function isSame(journal: RestoreJournal, { operation }: RestoreSetOptions, manifest: Manifest): boolean {
  const { id, attempt } = journal.operation;
  return id === operation.id && attempt === operation.attempt && journal.manifestDigest === manifest.digest;
}

async function begin(
  options: RestoreSetOptions,
  manifest: Manifest,
  earlier: RestoreJournal | undefined,
): Promise<RestoreJournal> {
  if (earlier && isSame(earlier, options, manifest)) return earlier;
  const names = manifest.volumes.map((volume) => volume.name);
  const volumes = new Map<string, string>();
  for (const part of earlier?.parts ?? []) if (part.kind === 'volume') volumes.set(part.name, part.live);
  for (const { name, path } of await options.target.volumes(names)) volumes.set(name, path);
  const journal: RestoreJournal = {
    format: 1,
    operation: options.operation,
    set: options.set,
    manifestDigest: manifest.digest,
    state: 'Restoring',
    parts: await journalParts(options, manifest, volumes),
  };
  options.onStep?.('Journal');
  await writeRestoreJournal(options.target.directory, journal);
  return journal;
}

async function journalParts(
  { set, target }: RestoreSetOptions,
  manifest: Manifest,
  volumes: ReadonlyMap<string, string>,
): Promise<JournaledPart[]> {
  const sealed = await preparedParts(target.directory, manifest);
  const parts = setParts(set, manifest).map((part): JournaledPart => {
    const live = { volume: volumes.get(part.name), env: target.envFile, secrets: target.secretsDirectory }[part.kind];
    if (live === undefined) throw new CcError('DataMissing', `the platform gives no place for volume ${part.name}`);
    const { kind, name, path, digest } = part;
    const prepared = sealed.get(live)?.path;
    const copy = digest === undefined ? {} : { from: path, digest, ...(prepared === undefined ? {} : { prepared }) };
    return { kind, name, live, done: false, ...copy };
  });
  const known = new Set(manifest.volumes.map((volume) => volume.name));
  const unknown = [...volumes].filter(([name]) => !known.has(name));
  return [...unknown.map(([name, live]): JournaledPart => ({ kind: 'volume', name, live, done: false })), ...parts];
}

async function copyParts(
  journal: RestoreJournal,
  options: RestoreSetOptions,
  earlier: RestoreJournal | undefined,
): Promise<void> {
  const { operation, tools, target } = options;
  try {
    for (const part of journal.parts.filter(({ done }) => !done)) {
      options.onStep?.('Copy');
      await dropForeignCopies(part.live, operation);
      await makeIncoming(part, { operation, tools });
    }
  } catch (error) {
    const began = journal !== earlier && earlier?.state !== 'Restoring';
    if (began && hasCode(error, 'Damaged')) await withdrawRestore(target.directory, journal, earlier);
    throw error;
  }
}

async function swapParts(journal: RestoreJournal, options: RestoreSetOptions): Promise<void> {
  const { operation, tools, target } = options;
  for (const part of journal.parts.filter(({ done }) => !done)) {
    throwIfAborted(tools.signal);
    options.onStep?.('Swap');
    await swapIn(part, { operation, tools });
    part.done = true;
    options.onStep?.('MarkDone');
    await writeRestoreJournal(target.directory, journal);
  }
}

/** Copies of earlier tries that were never put in place: they only take room. */
async function dropForeignCopies(live: string, operation: RestoreOperation): Promise<void> {
  const own = incomingPath(live, operation);
  for (const path of await siblingsOf(live, 'incoming')) if (path !== own) await removeTree(path);
}
