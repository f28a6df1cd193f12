import { mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CcError, hasCode, orElse, orNothing } from '../errors.ts';
import { syncDirectory } from '../fs/durable.ts';
import { namesIn } from '../fs/exists.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { TEMP_PREFIX } from '../fs/temp-name.ts';
import { acquireOwnerLock, type LockOwner, type OwnerLock } from '../store/owner-lock.ts';
import { type GenerationName, generationsAmong, isAsMade, nextGeneration, superfluous } from './generation-name.ts';
import { generationInForce, swapLink, sweepLinks } from './spec-link.ts';
import { readSpecSet, type SetFile, setDigest } from './spec-set.ts';
import { writeGeneration } from './write-generation.ts';

export interface MaterialiseOptions {
  /** Directory of the set: spec files, and their profile directories. Only read. */
  source: string;
  /** Must exist: one that is not mounted is never made. */
  specDirectory: string;
  stateDirectory: string;
  /** Name of the link in the spec directory. */
  link: string;
  /** So many generations stay, the one in force among them; at least 1. */
  keep: number;
  owner: LockOwner;
  /** Who writes. Default: nobody asks. */
  euid?: number | undefined;
}

export interface Materialised {
  result: 'Unchanged' | 'Swapped';
  /** Absolute path of the generation in force. */
  generation: string;
  /** How many files it holds. */
  files: number;
  /** The generation before it, where somebody had changed that by hand: what was changed is there alone. */
  edited?: string;
}

/**
 * Makes the files of `source` a part of the spec directory: a copy of them below the state directory, which the link names.
 * All of them come into force at one instant, and nothing else in the spec directory is touched. Idempotent: where the link
 * names the same files already, nothing happens. Killed at any moment, it leaves the old set or the new one in force.
 * @throws CcError `Conflict` while another one is at work; `Refused` where something else has the name of the link;
 * `NotFound`, `InvalidInput` for a source or spec directory that cannot be used; `NoSpace`.
 */
export async function materialise(options: MaterialiseOptions): Promise<Materialised> {
  const wanted = await readSpecSet(options.source);
  await refuseForeignState(options);
  const specs = await orElse(realpath(options.specDirectory), 'ENOENT', () => {
    throw notThere(options.specDirectory);
  });
  const place = await placeOf(options);
  refuseOverlap(await realpath(options.source), [specs, place]);
  const lock = lockOf(place, options.owner);
  try {
    return await materialiseLocked(options, { wanted, place, link: join(specs, options.link) });
  } finally {
    lock.release();
  }
}

interface Work {
  wanted: readonly SetFile[];
  place: string;
  link: string;
}

async function materialiseLocked({ keep }: MaterialiseOptions, work: Work): Promise<Materialised> {
  const { wanted, place, link } = work;
  const inForce = await generationInForce(link, place);
  await sweepLinks(link, place);
  const known = await sweptGenerations(place);
  const before = known.find(({ name }) => name === inForce);
  const held = before && (await digestIn(join(place, before.name)));
  const digest = setDigest(wanted);
  if (before !== undefined && held === digest) {
    await prune(place, superfluous(known, [before.name], keep));
    return { result: 'Unchanged', generation: join(place, before.name), files: wanted.length };
  }
  const name = nextGeneration(known, digest);
  await writeGeneration(join(place, name), wanted, before && join(place, before.name));
  await swapLink(link, join(place, name));
  const isEdited = before !== undefined && (held === undefined || !isAsMade(before, held));
  const needed = isEdited ? [name, before.name] : [name];
  await prune(place, superfluous(generationsAmong(await namesIn(place)), needed, keep));
  return {
    result: 'Swapped',
    generation: join(place, name),
    files: wanted.length,
    ...(isEdited && { edited: join(place, before.name) }),
  };
}

/** The digest of a generation; undefined where somebody left in it what no set holds, or may not be read. */
async function digestIn(generation: string): Promise<string | undefined> {
  return await orNothing(readSpecSet(generation).then(setDigest), 'InvalidInput', 'NotFound', 'EACCES');
}

/** Where the generations of a link are; absolute, and no link on the way to it. */
async function placeOf({ stateDirectory, link }: MaterialiseOptions): Promise<string> {
  const state = await orElse(realpath(stateDirectory), 'ENOENT', () => {
    throw notThere(stateDirectory);
  });
  const place = join(state, 'materialised', link);
  if ((await mkdir(place, { recursive: true })) === undefined) return place;
  for (const directory of [dirname(place), state]) await syncDirectory(directory);
  return place;
}

/** @throws CcError `InvalidInput` for a source that would copy itself. */
function refuseOverlap(source: string, ours: readonly string[]): void {
  const isIn = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`);
  const met = ours.find((one) => isIn(source, one) || isIn(one, source));
  if (met === undefined) return;
  const remedy = 'Name a directory elsewhere, in which the set is made. Nothing was changed.';
  throw new CcError('InvalidInput', `${source} and ${met} lie one in the other`, { remedy });
}

/** Root could write, and the controller could then neither write status files there nor remove anything. */
async function refuseForeignState({ stateDirectory, euid }: MaterialiseOptions): Promise<void> {
  const uid = (await orNothing(stat(stateDirectory), 'ENOENT'))?.uid ?? euid;
  if (euid === undefined || uid === euid) return;
  const remedy = 'Give the command as that user, for instance by sudo -u. Nothing was changed.';
  throw new CcError('Refused', `${stateDirectory} belongs to user ${uid}, and this is user ${euid}`, { remedy });
}

function notThere(directory: string): CcError {
  const remedy = 'Create it, or mount it, and make it belong to the user of the controller. Nothing was changed.';
  return new CcError('NotFound', `${directory} does not exist`, { remedy });
}

function lockOf(place: string, owner: LockOwner): OwnerLock {
  try {
    return acquireOwnerLock(join(place, 'lock'), owner);
  } catch (cause) {
    if (!hasCode(cause, 'Conflict')) throw cause;
    const remedy = 'Wait until it has ended, then say it again. Nothing was changed.';
    throw new CcError('Conflict', `another ccctl materialise is at work in ${place}`, { remedy });
  }
}

/** The generations, after what a killed one left was removed. */
async function sweptGenerations(place: string): Promise<GenerationName[]> {
  const names = await namesIn(place);
  for (const name of names) if (name.startsWith(TEMP_PREFIX)) await removeTree(join(place, name));
  return generationsAmong(names);
}

/** What cannot be removed now is removed the next time: the new set is in force already. */
async function prune(place: string, names: readonly string[]): Promise<void> {
  for (const name of names)
    await orNothing(removeTree(join(place, name)), 'EACCES', 'EBUSY', 'EPERM', 'Conflict', 'Refused');
}
