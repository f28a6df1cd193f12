import { readFile } from 'node:fs/promises';
import { sha256 } from '../digest.ts';
import { refusalOf } from '../store/spec-in-force.ts';
import { EXIT, type ExitCode, usageError } from './environment.ts';
import { renderTemplate } from './json-path.ts';
import { apiObject, conditionOf, type ObjectView } from './view.ts';

/** How far an object is from what is waited for. `Unmet` says what is there instead, for people. */
export type Progress = { progress: 'Met' } | { progress: 'Final'; exitCode: ExitCode; message: string } | Unmet;
interface Unmet {
  progress: 'Unmet';
  message: string;
}

/** Has the controller taken in the file as it is on disk, and does the status speak of it? */
export function isCurrent({ object, status }: ObjectView, fileDigest: string | undefined): boolean {
  const seen = fileDigest === undefined || fileDigest === object.fileDigest;
  return seen && status?.observedGeneration === object.generation;
}

/**
 * `condition=<type>=<value>` of an object whose status is current. Pure. Only `Succeeded=False` is final; anything
 * else is waited for until the object is stalled or not accepted.
 */
export function conditionProgress(view: ObjectView, type: string, value: string): Progress {
  const condition = conditionOf(view.status, type);
  if (condition?.status.toLowerCase() === value.toLowerCase()) return { progress: 'Met' };
  return (
    finalOf(view) ?? unmet(condition ? `${type} is ${condition.status} (${condition.reason})` : `no condition ${type}`)
  );
}

/** Why waiting on makes no sense: finished without success, whatever the file says since; not accepted; stalled. Pure. */
export function finalOf({ object, status }: ObjectView): Progress | undefined {
  const succeeded = conditionOf(status, 'Succeeded');
  if (succeeded?.status === 'False') return final(EXIT.Failed, `${succeeded.reason}: ${succeeded.message}`);
  const [problem] = object.rejected?.problems ?? [];
  const refused = object.rejected ? undefined : refusalOf(object);
  if (object.rejected)
    return final(EXIT.Stalled, `not accepted (${object.rejected.reason})${problem ? `: ${problem.message}` : ''}`);
  if (refused) return final(EXIT.Stalled, `not accepted (${refused.reason}): ${refused.message}`);
  const accepted = conditionOf(status, 'Accepted');
  if (accepted?.status === 'False')
    return final(EXIT.Stalled, `not accepted (${accepted.reason}): ${accepted.message}`);
  const stalled = conditionOf(status, 'Stalled');
  if (stalled?.status === 'True') return final(EXIT.Stalled, `stalled (${stalled.reason}): ${stalled.message}`);
  return undefined;
}

function unmet(message: string): Progress {
  return { progress: 'Unmet', message };
}

function final(exitCode: ExitCode, message: string): Progress {
  return { progress: 'Final', exitCode, message };
}

/** What `ccctl wait --for` names. */
export type WaitFor =
  | { for: 'Condition'; type: string; value: string }
  | { for: 'Create' }
  | { for: 'Delete' }
  | { for: 'JsonPath'; template: string; value: string | undefined };

/**
 * Reads `condition=X`, `condition=X=V`, `create`, `delete`, `jsonpath=TEMPLATE` (anything but nothing) or `jsonpath=TEMPLATE=V`.
 * @throws CommandError (exit 2) for anything else.
 */
export function parseWaitFor(text: string): WaitFor {
  if (text === 'create') return { for: 'Create' };
  if (text === 'delete') return { for: 'Delete' };
  const condition = /^condition=([A-Za-z]+)(?:=([A-Za-z]+))?$/.exec(text);
  if (condition) return { for: 'Condition', type: condition[1] ?? '', value: condition[2] ?? 'True' };
  const path = /^jsonpath=(\{.*\}|[^={}]+)(?:=(.*))?$/s.exec(text);
  if (path) return jsonPathWait(path[1] ?? '', path[2]);
  throw usageError(
    `--for=${text} cannot be read`,
    'Write condition=TYPE, condition=TYPE=STATUS, create, delete, jsonpath=TEMPLATE or jsonpath=TEMPLATE=VALUE.',
  );
}

function jsonPathWait(template: string, value: string | undefined): WaitFor {
  renderTemplate(template, {});
  return { for: 'JsonPath', template, value };
}

/**
 * How far `view` is from what is waited for; undefined: there is no such object. Reads the spec file, to see whether the
 * controller has taken it in.
 */
export async function progressOf(wait: WaitFor, view: ObjectView | undefined): Promise<Progress> {
  if (wait.for === 'Delete') return view ? unmet('the object is there') : { progress: 'Met' };
  if (!view) return unmet('there is no such object');
  if (wait.for === 'Create') return { progress: 'Met' };
  const digest = await fileDigest(view.object.path);
  if (!isCurrent(view, digest))
    return refusedOf(wait, view, digest) ?? unmet('the controller has not yet looked at the file as it is now');
  if (wait.for === 'Condition') return conditionProgress(view, wait.type, wait.value);
  const text = renderTemplate(wait.template, apiObject(view));
  const met = wait.value === undefined ? text !== '' : text === wait.value;
  return met ? { progress: 'Met' } : (finalOf(view) ?? unmet(`it is ${JSON.stringify(text)}`));
}

/** A file that was looked at as it is now and is not in force: an end of waiting, unless just that was waited for. */
function refusedOf(wait: WaitFor, view: ObjectView, digest: string | undefined): Progress | undefined {
  const { object } = view;
  const seen = digest === undefined || digest === object.fileDigest;
  if (!seen || !(object.rejected || refusalOf(object))) return undefined;
  const verdict = conditionOf(view.status, 'Succeeded');
  if (wait.for === 'Condition' && verdict !== undefined && verdict.status !== 'Unknown')
    return conditionProgress(view, wait.type, wait.value);
  const wanted = wait.for === 'Condition' && wait.type === 'Accepted' && wait.value.toLowerCase() === 'false';
  return wanted ? { progress: 'Met' } : finalOf(view);
}

/** sha256 of the file's bytes; undefined where it is gone or cannot be read, which says nothing. */
async function fileDigest(path: string): Promise<string | undefined> {
  try {
    return sha256(await readFile(path));
  } catch {
    return undefined;
  }
}
