import { orElse } from '../errors.ts';
import type { RecipeMirror } from '../recipe/mirror.ts';
import type { DirectoryEntry } from '../recipe/mirror-files.ts';
import { compareVersions, parseVersion, type RecipeVersion, sameVersion, type VersionTag } from '../recipe/version.ts';
import { type ReleaseNote, releaseNote, unreadableNote } from './release-note.ts';

/** A step between two revisions of a recipe. */
export interface Way {
  from: { version: string; commit: string };
  to: VersionTag;
  /** Every version tag of the recipe. */
  tags: readonly VersionTag[];
}

type Reader = Pick<RecipeMirror, 'listDirectory' | 'readFile'>;

const DIRECTORY = 'release';
const LARGEST_NOTE_BYTES = 256 * 1024;
/** Of one step; what is more counts as a note that nobody can read. */
const MOST_NOTES = 50;
/** Whose own commits are looked at. */
const MOST_TAGS = 100;

/** Tags above `from` up to `to`, newest first, by the order of versions, whatever branch they are of. Pure. */
export function tagsOnTheWay({ from, to, tags }: Way): VersionTag[] {
  const start = parseVersion(from.version);
  return tags.filter((tag) => isOnTheWay(tag.tag, start, to));
}

/**
 * The notes of every version on the way: what `release/` of the target says of them, and what each of their own commits
 * says of itself. Files that are no version count where they are new or changed since `from`. Dot files do not.
 * Reads the mirror alone, bounded in number and size. @throws CcError as {@link RecipeMirror.readFile}.
 */
export async function readNotes(mirror: Reader, way: Way, signal: AbortSignal): Promise<ReleaseNote[]> {
  const found = new Map<string, FoundNote>();
  for (const note of await notesOfTarget(mirror, way, signal)) found.set(keyOf(note), note);
  const tags = tagsOnTheWay(way);
  for (const tag of tags.slice(0, MOST_TAGS)) {
    for (const note of await notesOfTag(mirror, tag, signal)) if (!found.has(keyOf(note))) found.set(keyOf(note), note);
  }
  const all = [...found.values()];
  const notes: ReleaseNote[] = [];
  for (const note of all.slice(0, MOST_NOTES)) notes.push(...(await readNote(mirror, note, signal)));
  return [...notes, ...rest(all.length - MOST_NOTES, 'notes'), ...rest(tags.length - MOST_TAGS, 'versions')];
}

function rest(count: number, what: 'notes' | 'versions'): ReleaseNote[] {
  return count > 0 ? [unreadableNote(`and ${count} more ${what}`)] : [];
}

interface FoundNote {
  entry: DirectoryEntry;
  commit: string;
  place: 'OnTheWay' | 'Unplaced';
}

async function notesOfTarget(mirror: Reader, { from, to }: Way, signal: AbortSignal): Promise<FoundNote[]> {
  const start = parseVersion(from.version);
  const old = await entriesOf(mirror, from.commit, signal);
  const known = new Set(old.map(({ name, object }) => `${name} ${object}`));
  return (await entriesOf(mirror, to.commit, signal)).flatMap((entry): FoundNote[] => {
    const isVersion = parseVersion(entry.name) !== undefined;
    if (isVersion) return isOnTheWay(entry.name, start, to) ? [{ entry, commit: to.commit, place: 'OnTheWay' }] : [];
    return entry.object !== '' && known.has(`${entry.name} ${entry.object}`)
      ? []
      : [{ entry, commit: to.commit, place: 'Unplaced' }];
  });
}

async function notesOfTag(mirror: Reader, tag: VersionTag, signal: AbortSignal): Promise<FoundNote[]> {
  const entries = await entriesOf(mirror, tag.commit, signal);
  return entries
    .filter(({ name }) => name === tag.tag || (parseVersion(name) !== undefined && sameVersion(name, tag.tag)))
    .map((entry) => ({ entry, commit: tag.commit, place: 'OnTheWay' }));
}

/** Something else in the place of the directory, or one without measure, is one note that nobody can read, however old. */
async function entriesOf(mirror: Reader, commit: string, signal: AbortSignal): Promise<DirectoryEntry[]> {
  const entries = await orElse(mirror.listDirectory(commit, DIRECTORY, signal), 'InvalidInput', () => 'Other' as const);
  if (entries === 'Absent') return [];
  if (entries === 'Other') return [{ name: DIRECTORY, kind: 'Other', object: '', bytes: 0 }];
  return entries.filter(({ name }) => !name.startsWith('.'));
}

async function readNote(
  mirror: Reader,
  { entry, commit, place }: FoundNote,
  signal: AbortSignal,
): Promise<ReleaseNote[]> {
  const { name, kind, bytes } = entry;
  if (kind !== 'File' || bytes > LARGEST_NOTE_BYTES) return [unreadableNote(name)];
  const content = await mirror.readFile(commit, `${DIRECTORY}/${name}`, signal);
  if (content === undefined) return [unreadableNote(name)];
  const note = releaseNote(name, content, place);
  return note === undefined ? [] : [note];
}

/** `to` itself counts in any spelling; so does, where nobody knows what `from` is, all below it. */
function isOnTheWay(version: string, from: RecipeVersion | undefined, to: VersionTag): boolean {
  const parsed = parseVersion(version);
  if (parsed === undefined) return false;
  if (sameVersion(version, to.tag)) return true;
  const isAbove = from === undefined || compareVersions(from, parsed) < 0;
  return isAbove && compareVersions(parsed, to) <= 0;
}

function keyOf({ entry }: FoundNote): string {
  return `${entry.name} ${entry.object}`;
}
