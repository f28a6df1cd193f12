import type { ObjectKey } from '../api/kinds.ts';
import type { IndexEntry } from './index-file.ts';
import type { ObjectRecords } from './object-records.ts';
import type { StatusProjection } from './status-projection.ts';

/** The entry of one object as it is now in memory; undefined once it is removed. */
export function indexEntry(
  key: ObjectKey,
  { records, projection }: { records: ObjectRecords; projection: StatusProjection },
): IndexEntry | undefined {
  const object = records.get(key);
  const objectStat = records.signature(key);
  if (object === undefined || objectStat === undefined) return undefined;
  const { kind, name, path } = object;
  const shown = projection.shown(key);
  const status = shown && { statusStat: shown.signature, status: JSON.parse(shown.text).status };
  return { kind, name, path, objectStat, object, ...status };
}
