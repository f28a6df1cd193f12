import { KINDS, type ObjectKey } from '../api/kinds.ts';
import { isRecord } from '../api/objects.ts';
import type { PendingRequest } from './store.ts';

const REQUEST_VERBS = [
  'reconcile',
  'suspend',
  'resume',
  'approve',
  'cancel',
  'retry',
  'rollback',
  'run',
  'delete',
] as const;

/**
 * One file `requests/<time>-<random>.json`. Without `key` it is `delete` with `confirmMass`, which concerns every object
 * whose file is gone.
 */
export interface RequestFile {
  key?: ObjectKey;
  uid?: string;
  request: PendingRequest;
}

/** What somebody asks of the controller itself, not of an object. */
export interface ControllerRequest extends Omit<PendingRequest, 'verb'> {
  verb: 'clean';
}

const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,120}$/;

/** The request in `text`, or why it is none. Pure. */
export function parseRequest(
  id: string,
  text: string,
): RequestFile | { controller: ControllerRequest } | { malformed: string } {
  if (!ID.test(id)) return { malformed: 'the file name may hold letters, digits, and . _ : - only' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { malformed: 'it is not JSON' };
  }
  if (!isRecord(value)) return { malformed: 'it is not a JSON object' };
  return value.verb === 'clean' ? ofController(id, value) : fromFields(id, value);
}

/** True for the request that releases a mass deletion that is held. Pure. */
export function confirmsMass({ request }: RequestFile): boolean {
  return request.verb === 'delete' && request.args.confirmMass === 'true';
}

function ofController(
  id: string,
  value: Record<string, unknown>,
): { controller: ControllerRequest } | { malformed: string } {
  const draft = draftOf(value);
  return 'malformed' in draft ? draft : { controller: { id, verb: 'clean', ...draft } };
}

function draftOf({
  args: given,
  by,
  at,
}: Record<string, unknown>): Omit<ControllerRequest, 'id' | 'verb'> | { malformed: string } {
  const args = textRecord(given ?? {});
  if (args === undefined) return { malformed: 'args must map names to texts' };
  if (typeof by !== 'string') return { malformed: 'by must be a text' };
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) return { malformed: 'at must be a time (RFC 3339)' };
  return { args, by, time: at };
}

function fromFields(id: string, value: Record<string, unknown>): RequestFile | { malformed: string } {
  const verb = REQUEST_VERBS.find((candidate) => candidate === value.verb);
  if (verb === undefined) return { malformed: `verb must be one of ${REQUEST_VERBS.join(', ')}` };
  const draft = draftOf(value);
  if ('malformed' in draft) return draft;
  const { uid, generation } = value;
  if (uid !== undefined && uid !== null && typeof uid !== 'string') return { malformed: 'uid must be a text' };
  const request = { id, verb, ...draft, ...(typeof generation === 'number' && { generation }) };
  const file: RequestFile = { request, ...(typeof uid === 'string' && { uid }) };
  const key = keyOf(value);
  if (key !== undefined) return { ...file, key };
  return confirmsMass(file) ? file : { malformed: 'kind and name must name an object' };
}

function keyOf({ kind, name }: Record<string, unknown>): ObjectKey | undefined {
  const known = KINDS.find((candidate) => candidate === kind);
  return known !== undefined && typeof name === 'string' && name !== '' ? { kind: known, name } : undefined;
}

function textRecord(value: unknown): Record<string, string> | undefined {
  if (!isRecord(value)) return undefined;
  return Object.values(value).every((entry) => typeof entry === 'string')
    ? (value as Record<string, string>)
    : undefined;
}
