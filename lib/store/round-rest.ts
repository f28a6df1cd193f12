import { deleteRequested, type SourcedFile } from './object-facts.ts';
import type { ObjectRecords } from './object-records.ts';
import type { SourcesSeen } from './spec-sources.ts';
import type { StoredObject } from './store.ts';

/** A listing of which nothing more can come: while the next one sees the same, and no object changed, neither does of that. */
export interface Rest {
  seen: SourcesSeen;
  /** The list of the store, which is another one after any change. */
  remembered: readonly StoredObject[];
}

/** What was seen and what is remembered, where time alone changes nothing: no file is unsettled, no deletion goes on. Pure. */
export function restOf(seen: SourcesSeen, remembered: readonly StoredObject[]): Rest | undefined {
  const isQuiet = remembered.every((object) => object.deletion === undefined && !deleteRequested(object));
  return isClear(seen) && isQuiet ? { seen, remembered } : undefined;
}

/** Whether a listing may be left unjudged. Unchanged files are the same objects. Pure. */
export function isStillAtRest(rest: Rest | undefined, now: Rest): boolean {
  if (rest === undefined || rest.remembered !== now.remembered) return false;
  if (!isClear(now.seen)) return false;
  const { files } = now.seen;
  return files.length === rest.seen.files.length && files.every((file, index) => file === rest.seen.files[index]);
}

/**
 * Whether every file is the one that the record of its object tells of, and every object has its file: each was taken over
 * before, so that judging the listing would change, report and hold nothing. Pure.
 */
export function isAgreed(seen: SourcesSeen, records: Pick<ObjectRecords, 'get' | 'at' | 'list' | 'damaged'>): boolean {
  if (!isClear(seen) || records.damaged().size > 0 || seen.files.length !== records.list().length) return false;
  return seen.files.every((file) => {
    const owner = ownerOf(file, records);
    return owner !== undefined && isTakenOver(file, owner);
  });
}

/** The object that the file describes, or that it belongs to where it does not validate. */
function ownerOf({ path, result }: SourcedFile, records: Pick<ObjectRecords, 'get' | 'at'>): StoredObject | undefined {
  if (result.ok) return records.get(result.parsed);
  const owners = records.at(path);
  return owners.length === 1 ? owners[0] : undefined;
}

function isTakenOver({ path, fileDigest, result }: SourcedFile, owner: StoredObject): boolean {
  if (owner.deletion !== undefined || deleteRequested(owner)) return false;
  return owner.path === path && owner.fileDigest === fileDigest && (owner.rejected === undefined) === result.ok;
}

/** Everything that bears the name of a spec file was read. */
function isClear({ unsettled, dangling, unread, failures }: SourcesSeen): boolean {
  return unsettled.size + dangling.length + unread.length + Object.keys(failures).length === 0;
}
