import { orElse, TerminalError } from '../errors.ts';
import type { RecordFiles } from '../fs/record-files.ts';
import { STATE_FORMAT } from './state-format.ts';

/** Nothing is done for an object of which a record cannot be read, until the record is back. */
export class DamagedRecord extends TerminalError {
  /** The file. */
  readonly path: string;

  constructor(path: string, cause: Error) {
    super('DamagedRecord', cause.message, {
      code: 'Damaged',
      cause: cause.cause,
      remedy: `Put ${path} back from a backup of the state directory, then say ccctl reconcile. Nothing of the object is touched meanwhile.`,
    });
    this.path = path;
  }
}

/**
 * The record at `path`, repaired where that can be; undefined where there is none.
 * @throws DamagedRecord where it is there, and cannot be read or is no such record.
 */
export async function readRecord<T extends object>(
  records: RecordFiles,
  path: string,
  isRecord: (value: object) => value is T,
): Promise<T | undefined> {
  const value = await orElse(records.read(path), 'Damaged', (error) => {
    throw new DamagedRecord(path, error);
  });
  if (value === undefined || isRecord(value)) return value;
  throw new DamagedRecord(path, new Error(`${path} ${faultOf(value)}`));
}

/** A record of a newer version, which somebody put among those of this one, is called that. */
function faultOf(value: { format?: unknown }): string {
  const { format } = value;
  if (typeof format !== 'number' || format <= STATE_FORMAT) return 'is no record of its sort';
  return `has format ${format}, which a newer version wrote; this one knows ${STATE_FORMAT}`;
}
