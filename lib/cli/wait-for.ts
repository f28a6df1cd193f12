import { readFile } from 'node:fs/promises';
import { sha256 } from '../digest.ts';
import { refusalOf } from '../store/spec-in-force.ts';
import { usageError } from './exit.ts';
import { renderTemplate } from './json-path.ts';
import { conditionProgress, finalOf, isCurrent, type Progress, unmet } from './progress.ts';
import { apiObject, type ObjectView } from './view.ts';

/** What `ccctl wait --for` names. */
export type WaitFor =
  | { for: 'Condition'; type: string; value: string }
  | { for: 'Delete' }
  | { for: 'JsonPath'; template: string; value: string | undefined };

/**
 * Reads `condition=X`, `condition=X=V`, `delete`, `jsonpath=TEMPLATE` (anything but nothing) or `jsonpath=TEMPLATE=V`.
 * @throws CommandError (exit 2) for anything else.
 */
export function parseWaitFor(text: string): WaitFor {
  if (text === 'delete') return { for: 'Delete' };
  const condition = /^condition=([A-Za-z]+)(?:=([A-Za-z]+))?$/.exec(text);
  if (condition) return { for: 'Condition', type: condition[1] ?? '', value: condition[2] ?? 'True' };
  const path = /^jsonpath=(\{.*\}|[^={}]+)(?:=(.*))?$/s.exec(text);
  if (path) return jsonPathWait(path[1] ?? '', path[2]);
  throw usageError(
    `--for=${text} cannot be read`,
    'Write condition=TYPE, condition=TYPE=STATUS, delete, jsonpath=TEMPLATE or jsonpath=TEMPLATE=VALUE.',
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
  const digest = await fileDigest(view.object.path);
  if (!isCurrent(view, digest)) {
    return refusedOf(wait, view, digest) ?? unmet('the controller has not yet looked at the file as it is now');
  }
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
