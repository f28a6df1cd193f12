import { refusalOf } from '../store/spec-in-force.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { conditionOf, type ObjectView } from './view.ts';

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

/** Why waiting on makes no sense: not accepted, finished without success, or stalled. Pure. */
export function finalOf({ object, status }: ObjectView): Progress | undefined {
  const [problem] = object.rejected?.problems ?? [];
  const refused = object.rejected ? undefined : refusalOf(object);
  if (object.rejected) {
    return final(EXIT.Stalled, `not accepted (${object.rejected.reason})${problem ? `: ${problem.message}` : ''}`);
  }
  if (refused) return final(EXIT.Stalled, `not accepted (${refused.reason}): ${refused.message}`);
  const accepted = conditionOf(status, 'Accepted');
  if (accepted?.status === 'False')
    return final(EXIT.Stalled, `not accepted (${accepted.reason}): ${accepted.message}`);
  const succeeded = conditionOf(status, 'Succeeded');
  if (succeeded?.status === 'False') return final(EXIT.Failed, `${succeeded.reason}: ${succeeded.message}`);
  const stalled = conditionOf(status, 'Stalled');
  if (stalled?.status === 'True') return final(EXIT.Stalled, `stalled (${stalled.reason}): ${stalled.message}`);
  return undefined;
}

export function unmet(message: string): Progress {
  return { progress: 'Unmet', message };
}

function final(exitCode: ExitCode, message: string): Progress {
  return { progress: 'Final', exitCode, message };
}
