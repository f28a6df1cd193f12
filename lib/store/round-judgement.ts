import { stat } from 'node:fs/promises';
import { keyText, type ObjectKey } from '../api/kinds.ts';
import { systemCode } from '../errors.ts';
import { forEachBounded } from '../serial.ts';
import { massIsGone } from './mass-guard.ts';
import { deleteRequested, type Facts, type Source } from './object-facts.ts';
import type { SourceProblem } from './source-report.ts';
import type { SourcesSeen } from './spec-sources.ts';
import type { StoredObject } from './store.ts';

/** Sources whose listing has holes: a file that was never seen is broken or not settled. */
export function gapsOf(seen: SourcesSeen, remembered: readonly StoredObject[]): Set<Source> {
  const known = new Set(remembered.map(({ path }) => path));
  const broken = seen.files.filter(({ path, result }) => !result.ok && !known.has(path));
  const unsettled = [...seen.unsettled].filter(([path]) => !known.has(path)).map(([, file]) => file);
  return new Set([...broken, ...unsettled].map(({ source }) => source));
}

/** Remembered paths at or behind a symlink whose target is not there: a person removed neither. Pure. */
export function hiddenPaths(seen: SourcesSeen, remembered: readonly StoredObject[]): string[] {
  const paths = remembered.map(({ path }) => path);
  return seen.dangling.flatMap((link) => paths.filter((path) => path === link || path.startsWith(`${link}/`)));
}

/** Remembered paths that are not listed and do not exist. */
export async function absentPaths(
  remembered: readonly StoredObject[],
  listed: ReadonlySet<string>,
): Promise<Set<string>> {
  const absent = new Set<string>();
  await forEachBounded(
    remembered.filter(({ path }) => !listed.has(path)),
    16,
    async ({ path }) => {
      const code = await stat(path).then(() => undefined, systemCode);
      if (code === 'ENOENT' || code === 'ENOTDIR') absent.add(path);
    },
  );
  return absent;
}

/** Why deletions are held although the directory is fine: too much of what owns something is gone at once. */
export function massProblem(
  remembered: readonly StoredObject[],
  facts: Facts,
  owns: (key: ObjectKey) => boolean,
): SourceProblem | undefined {
  const counted = remembered.filter(
    ({ source, deletion }) => source === 'Specs' && (deletion === undefined || deletion.state === 'Missing'),
  );
  const gone = counted.filter((object) => facts.byKey.get(keyText(object))?.fact.fact === 'Absent');
  const isGone = new Set(gone);
  const guarded = counted.map((object) => ({
    owns: owns(object),
    gone: isGone.has(object),
    requested: deleteRequested(object),
  }));
  if (!massIsGone(guarded)) return undefined;
  return { reason: 'MassDeletion', message: 'more than half of the objects that own something are gone at once' };
}

/** A deletion that somebody asked for begins at the second listing. */
export function waitsForListing(object: StoredObject): boolean {
  return object.deletion?.state === 'Missing' && deleteRequested(object);
}
