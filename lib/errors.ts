import type { StallReason } from './reasons/conditions.ts';
import { withRemedy } from './sentences.ts';

/**
 * The closed set of error codes. Adapters translate what their vendor throws into one of these at their edge; tests
 * assert on the code, never on the text.
 */
export type ErrorCode =
  | 'Aborted' // the signal of the pass was tripped
  | 'DeadlineExceeded' // a deadline of ours passed
  | 'InvalidInput' // a file, flag or value that a person wrote is wrong; in a run: the recipe's
  | 'Misconfigured' // the spec, the configuration or the host is wrong, whatever the recipe is like
  | 'NotFound' // what was asked for does not exist
  | 'Conflict' // somebody else holds it, or it exists already
  | 'Unreachable' // an engine, a remote or a registry did not answer: retried
  | 'Unsupported' // this platform cannot do it; the message names one that can
  | 'Refused' // a safety rule forbids it
  | 'DataMissing' // recorded data is absent: nothing may silently take its place
  | 'Damaged' // a digest does not match
  | 'NoSpace' // the disk is full or below the floor
  | 'CommandFailed' // a child process ended badly
  | 'Internal'; // a fault of ours

export interface ErrorDetails {
  cause?: unknown;
  /** What the person can do about it, one sentence. */
  remedy?: string;
}

/** Every error the project throws on purpose. */
export class CcError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CcError';
    this.code = code;
    this.remedy = details.remedy;
  }
}

/** A reconcile that cannot succeed until the spec changes or a person says `retry`: shown as `Stalled`, not backed off. */
export class TerminalError extends CcError {
  readonly reason: StallReason;

  /** @param reason becomes the reason of the `Stalled` condition. The code is `Refused` by default. */
  constructor(reason: StallReason, message: string, details: ErrorDetails & { code?: ErrorCode } = {}) {
    super(details.code ?? 'Refused', message, details);
    this.name = 'TerminalError';
    this.reason = reason;
  }
}

/** True where `error` is a {@link CcError} with one of `codes`. */
export function hasCode(error: unknown, ...codes: ErrorCode[]): error is CcError {
  return error instanceof CcError && codes.includes(error.code);
}

/**
 * The message, the messages of its causes and its remedy, as sentences on one line; for people. A cause that the message
 * quotes is said once. Pure.
 */
export function explainError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, message } = error;
  const isQuoted = cause instanceof Error && cause.message !== '' && message.includes(cause.message);
  const said = cause instanceof Error && !isQuoted ? `${message} (${explainError(cause)})` : message;
  const remedy = remedyOf(error) ?? (isQuoted ? remedyOf(cause) : undefined);
  return remedy === undefined ? said : withRemedy(said, remedy);
}

function remedyOf(error: Error): string | undefined {
  return error instanceof CcError ? error.remedy : undefined;
}

/** The `code` of a Node system error (`ENOENT`, `EROFS` …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof CcError || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A code of ours (`Damaged`), or the system's (`ENOENT`). */
export type AnyCode = ErrorCode | `E${string}`;

/** What `work` gives; where it fails by one of these codes, what `instead` makes of the error. */
export async function orElse<T, U, C extends AnyCode>(
  work: Promise<T>,
  codes: C | readonly C[],
  instead: (error: [C] extends [ErrorCode] ? CcError : Error) => U | Promise<U>,
): Promise<T | U> {
  return await work.catch((error: unknown) => {
    assertCode(error, [codes].flat());
    return instead(error);
  });
}

/** What `work` gives; undefined where it fails by one of these codes. */
export async function orNothing<T>(work: Promise<T>, ...codes: AnyCode[]): Promise<T | undefined> {
  return await orElse(work, codes, () => undefined);
}

/** {@link orNothing} of what is done at once. */
export function orNothingNow<T>(work: () => T, ...codes: AnyCode[]): T | undefined {
  try {
    return work();
  } catch (error) {
    assertCode(error, codes);
    return undefined;
  }
}

/** @throws `error` itself where it has none of the codes; the type is that of our own. */
function assertCode(error: unknown, codes: readonly string[]): asserts error is CcError {
  const code = error instanceof CcError ? error.code : systemCode(error);
  if (code === undefined || !codes.includes(code)) throw error;
}

/** What a system says when it could not look or act now: too little of something, or a device or right that is missing. */
const SYSTEM_FAULTS: ReadonlySet<string> = new Set([
  ...['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN', 'EINTR', 'EBUSY', 'ETIMEDOUT'],
  ...['EIO', 'EROFS', 'ESTALE', 'ENXIO', 'ENODEV', 'EACCES', 'EPERM'],
]);

/**
 * Whether `error` or one of its causes is a fault of the system: it may be ours or the machine's, may be gone in a
 * moment, and proves nothing about what was looked at. A full disk is not meant: it has its own rule. Pure.
 */
export function isSystemFault(error: unknown): boolean {
  const code = systemCode(error);
  if (code !== undefined) return SYSTEM_FAULTS.has(code);
  return error instanceof CcError && error.cause !== undefined && isSystemFault(error.cause);
}

/** What a system says of a path that is not there, or not for us. */
export const PATH_FAULTS = [
  ...(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM'] as const),
  ...(['ELOOP', 'ENAMETOOLONG', 'EINVAL', 'ERR_INVALID_ARG_VALUE'] as const),
];

/** Whether a system error says something about the path that was given: it is wrong, whoever looks and when. Pure. */
export function isPathFault(error: unknown): boolean {
  return PATH_FAULTS.some((code) => code === systemCode(error));
}

/** What a machine that ran out of descriptors, processes or memory answers; it may have some later (errno(3)). */
const EXHAUSTED: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'ENOBUFS']);

/** `Unreachable`, where a system error says that this machine ran out of something: never the fault of what is tested. */
export function exhaustionOf(error: unknown): CcError | undefined {
  const code = systemCode(error) ?? '';
  if (!EXHAUSTED.has(code)) return undefined;
  const remedy = 'Raise the limits of the controller: open files, processes, memory.';
  return new CcError('Unreachable', `this machine has nothing left to work with (${code})`, { cause: error, remedy });
}
