import { deleteRequested } from './object-facts.ts';
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
  const isClear = seen.unsettled.size + seen.dangling.length + Object.keys(seen.failures).length === 0;
  const isQuiet = remembered.every((object) => object.deletion === undefined && !deleteRequested(object));
  return isClear && isQuiet ? { seen, remembered } : undefined;
}

/** Whether a listing may be left unjudged. Unchanged files are the same objects. Pure. */
export function isStillAtRest(rest: Rest | undefined, now: Rest): boolean {
  if (rest === undefined || rest.remembered !== now.remembered) return false;
  const { files, unsettled, dangling, failures } = now.seen;
  if (unsettled.size + dangling.length + Object.keys(failures).length > 0) return false;
  return files.length === rest.seen.files.length && files.every((file, index) => file === rest.seen.files[index]);
}
