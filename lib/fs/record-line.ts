/**
 * Lines of `records.jsonl`, each valid JSON: a version of a record, or that it is gone. The sum is a CRC-32 of what follows it,
 * so that a line which a crash or a disk left in part is known for one.
 */

/** A version of a record. */
export interface RecordVersion {
  /** Relative to the root. */
  path: string;
  revision: number;
  /** Permission bits of its file. */
  mode: number;
  record: object;
}

/** What a line says, without the record: that is read when it is asked for. `revision` 0: what lies at or below is gone. */
export type RecordHead = Omit<RecordVersion, 'record'>;

const SUM = /^\{"sum":"([0-9a-f]{8})",/;
const HEAD = /^\{"sum":"[0-9a-f]{8}","path":("(?:[^"\\]|\\.)*"),"revision":(\d+),"mode":(\d+)/;
const SUM_LENGTH = '{"sum":"00000000",'.length;
/** Longer than any head: a path has 4,096 bytes at most, each of which may need six. */
const HEAD_LENGTH = 2 ** 15;

/** With a final newline. Pure. */
export function lineOfVersion({ path, revision, mode, record }: RecordVersion): string {
  return withSum(
    `"path":${JSON.stringify(path)},"revision":${revision},"mode":${mode},"record":${JSON.stringify(record)}}`,
  );
}

/** Says that nothing is kept any more of what lies at or below a path. Pure. */
export function lineOfRemoval(path: string): string {
  return withSum(`"path":${JSON.stringify(path)},"revision":0,"mode":0}`);
}

/** What a line says, without its newline; undefined where it is not whole. Pure. */
export function headOfLine(line: Buffer): RecordHead | undefined {
  if (!isWhole(line)) return undefined;
  const [, path = '', revision = '', mode = ''] = HEAD.exec(line.toString('utf8', 0, HEAD_LENGTH)) ?? [];
  return path === '' ? undefined : { path: JSON.parse(path) as string, revision: Number(revision), mode: Number(mode) };
}

/** The version that a line tells; undefined where it is not whole, or tells of a removal. Pure. */
export function versionOfLine(line: Buffer): RecordVersion | undefined {
  if (!isWhole(line)) return undefined;
  const { path, revision, mode, record } = JSON.parse(line.toString('utf8')) as RecordVersion;
  return record === undefined ? undefined : { path, revision, mode, record };
}

function isWhole(line: Buffer): boolean {
  const [, sum] = SUM.exec(line.toString('latin1', 0, SUM_LENGTH)) ?? [];
  return sum !== undefined && sum === sumOf(line.subarray(SUM_LENGTH));
}

function withSum(rest: string): string {
  return `{"sum":"${sumOf(rest)}",${rest}\n`;
}

/** Loaded when it is needed: who only shows objects has no use for it. */
function sumOf(data: string | Buffer): string {
  return process.getBuiltinModule('node:zlib').crc32(data).toString(16).padStart(8, '0');
}
