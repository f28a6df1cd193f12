import type { Condition } from '../api/generated/types.ts';
import { isRecord, present } from '../api/objects.ts';
import { maskUrls } from '../url-mask.ts';
import { refusalOf, specInForce } from './spec-in-force.ts';
import type { StoredObject } from './store.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An object without what no table shows; what is left has its place. */
export interface ListRow {
  object: Fields;
  /** Absent until the status was shown by the process that wrote the list. */
  status?: Fields;
}

/** Fields of a spec in force that a table shows. */
const SPEC = ['recipe', 'mode'];
/** Fields of a status that tables show, of whatever kind; what is named below one is all that is kept of it. */
const STATUS: Readonly<Record<string, readonly string[]>> = {
  version: ['current', 'latest', 'held'],
  knownGood: ['version'],
  lease: ['run'],
  mode: [],
  queue: ['reason', 'position'],
  level: [],
  lastScheduleTime: [],
  nextScheduleTime: [],
  lastSweep: ['result'],
};

/** What a table of whole kinds needs of an object and its status. Pure. */
export function rowOf(object: StoredObject, status: Fields | undefined): ListRow {
  const { kind, name, uid, labels, creationTimestamp, deletion, rejected } = object;
  const refusal = refusalOf(object);
  return {
    object: {
      ...{ kind, name, uid, labels, creationTimestamp, validGeneration: 0 },
      spec: picked(specInForce(object), SPEC),
      ...(deletion && { deletion: present({ state: deletion.state, renamedTo: deletion.renamedTo }) }),
      ...(rejected && { rejected: { reason: rejected.reason, problems: [] } }),
      ...(refusal && { refused: { reason: refusal.reason, generation: 0 } }),
    },
    ...(status && { status: statusRow(status) }),
  };
}

function statusRow(status: Fields): Fields {
  const { conditions = [], stages } = status as { conditions?: readonly Condition[]; stages?: readonly object[] };
  const row: Record<string, unknown> = {
    conditions: conditions.map(({ type, status: is, reason }) => ({ type, status: is, reason })),
  };
  for (const [field, below] of Object.entries(STATUS)) {
    const value = status[field];
    if (value !== undefined) row[field] = below.length === 0 ? value : picked(value, below);
  }
  return stages ? { ...row, stages: stages.map((stage) => picked(stage, ['name', 'result'])) } : row;
}

function picked(value: unknown, fields: readonly string[]): Fields {
  if (!isRecord(value)) return {};
  return Object.fromEntries(fields.flatMap((field) => (value[field] === undefined ? [] : [[field, value[field]]])));
}

/** The row as a part of a line; no user and password of a URL are in it. Pure. */
export function rowText(row: ListRow): string {
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'string' ? maskUrls(value) : value));
}
