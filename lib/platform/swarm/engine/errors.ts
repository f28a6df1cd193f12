import { CcError, systemCode } from '../../../errors.ts';

/** A call, as far as an error needs to know it. */
export interface CalledEndpoint {
  method: 'GET' | 'POST' | 'DELETE';
  /** Path below the version. */
  path: string;
}

/** What the engine answered instead of doing it. */
export interface RefusedCall extends CalledEndpoint {
  status: number;
  /** The engine's words. */
  message: string;
}

/** Says why a call got no answer. Pure; a CcError stays what it is. */
export function connectionError(error: unknown, socketPath: string): CcError {
  if (error instanceof CcError) return error;
  const code = systemCode(error);
  if (code === 'ENOSPC') return noSpace(String(error), error);
  const said = error instanceof Error ? error.message : String(error);
  return new CcError('Unreachable', `the Docker engine at ${socketPath} does not answer: ${said}`, {
    cause: error,
    remedy: connectionRemedy(code, socketPath),
  });
}

function connectionRemedy(code: string | undefined, socketPath: string): string {
  if (code === 'EACCES' || code === 'EPERM')
    return `Give the controller's user read and write permission on ${socketPath}: add it to the group that owns the socket (usually \`docker\`).`;
  if (code === 'ENOENT') return `Start the engine, or name its socket instead of ${socketPath} in the configuration.`;
  return `Look whether the engine behind ${socketPath} runs.`;
}

/** The engine took the call and said nothing in time. */
export function silentEngine(what: string, socketPath: string, deadlineMs: number): CcError {
  const said = `the Docker engine at ${socketPath} did not end ${what} in ${deadlineMs / 1000} s`;
  const remedy = `Look whether the engine behind ${socketPath} is overloaded or hangs.`;
  return new CcError('Unreachable', said, { remedy });
}

/** The engine answered in a form that is not of its API, or without end. */
export function unreadableAnswer(what: string, socketPath: string, cause?: unknown): CcError {
  return new CcError('Unreachable', `what the Docker engine at ${socketPath} answered to ${what} cannot be read`, {
    cause,
    remedy: `Look whether a Docker engine, and nothing else, listens at ${socketPath}.`,
  });
}

/**
 * Translates an answer of 300 and above. Pure. The engine refuses to remove what is in use by 400, 403 or 409, depending
 * on the kind, and says `update out of sequence` by 500 (measured on 20.10): all of them are `Conflict`.
 */
export function answerError(call: RefusedCall, socketPath: string): CcError {
  const said = `${call.method} ${call.path}: ${call.message || `HTTP ${call.status}`}`;
  if (isNoSpace(call.message)) return noSpace(said);
  if (isStaleUpdate(call)) return new CcError('Conflict', `somebody else changed it meanwhile: ${said}`);
  if (isNoManager(call))
    return new CcError('Unreachable', `the Docker engine at ${socketPath} is no swarm manager: ${said}`, {
      remedy: 'Run `docker swarm init` on this node, or give the socket of a manager.',
    });
  if (isAlreadyGoing(call)) return new CcError('NotFound', said);
  if (call.status >= 500 || call.status < 400)
    return new CcError('Unreachable', `the Docker engine at ${socketPath} failed: ${said}`, {
      remedy: `Look into the log of the engine behind ${socketPath}.`,
    });
  return new CcError(clientErrorCode(call), said);
}

function clientErrorCode({ method, status }: RefusedCall): 'NotFound' | 'Conflict' | 'InvalidInput' {
  if (status === 404) return 'NotFound';
  if (status === 409) return 'Conflict';
  return method === 'DELETE' && (status === 400 || status === 403) ? 'Conflict' : 'InvalidInput';
}

/** A service update that was made from a spec which is not the current one any more. */
function isStaleUpdate({ status, message }: RefusedCall): boolean {
  return status >= 400 && message.includes('update out of sequence');
}

/** A network that the engine itself removes at this moment is "not found" by 500 (measured on 20.10). */
function isAlreadyGoing({ method, path, status, message }: RefusedCall): boolean {
  const id = path.split('/').at(-1) ?? '';
  return method === 'DELETE' && status >= 500 && message.includes(`${id} not found`);
}

/** Nodes outside a swarm, workers and swarms without a leader say it by 503, older ones by 406 or 500. */
function isNoManager({ status, message }: RefusedCall): boolean {
  return status === 406 || (status >= 500 && /not a swarm manager|does not have a leader/.test(message));
}

/** The disk is full, wherever in its words the engine says it. */
export function isNoSpace(message: string): boolean {
  return /no space left|disk quota exceeded/i.test(message);
}

/** `NoSpace`, with the remedy. */
export function noSpace(said: string, cause?: unknown): CcError {
  return new CcError('NoSpace', `the disk of the Docker engine is full: ${said}`, {
    cause,
    remedy: "Free space on the file system of the engine's data root.",
  });
}
