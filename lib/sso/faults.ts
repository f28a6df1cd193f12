import { connectionFault, explainConnection } from '../checks/connection-fault.ts';
import { CcError, type ErrorCode, exhaustionOf, systemCode } from '../errors.ts';

/** What was asked, for people: `creating realm notes-0a1b2c at https://sso.example.org`. Holds no secret. */
export type Asked = string;

const OVERLOADED: readonly number[] = [408, 425, 429];

/** The provider does not answer, or not with what can be used; it may in a moment. Blame Infra. */
export function unreachable(asked: Asked, what: string, cause?: unknown): CcError {
  return new CcError('Unreachable', `${asked}: ${what}`, {
    cause,
    remedy: 'See whether the provider is up and healthy.',
  });
}

/** The provider answers that we are wrong. Blame Configuration. */
export function misconfigured(asked: Asked, what: string, remedy: string): CcError {
  return new CcError('Misconfigured', `${asked}: ${what}`, { remedy });
}

/** What an HTTP status that was not wanted means, whoever sent it and with whatever body. Pure. */
export function statusFault(asked: Asked, status: number): CcError {
  if (status >= 300 && status < 400)
    return misconfigured(asked, `redirected (${status})`, 'Give the URL of the provider as it answers itself.');
  // Asked with a token of just now: it is of another start of the provider, or its clock jumped.
  if (status === 401 || status < 300 || status >= 500 || OVERLOADED.includes(status))
    return unreachable(asked, `answered ${status}`);
  if (status === 409) return conflict(asked, 'answered 409: it exists already');
  if (status === 403)
    return misconfigured(asked, 'answered 403: the admin may not', 'Name an admin who may create realms.');
  return misconfigured(asked, `answered ${status}`, 'See whether the URL is that of the provider, and of this type.');
}

/** Somebody else holds it, or changed what is ours. Blame Infra. */
export function conflict(asked: Asked, what: string): CcError {
  return new CcError('Conflict', `${asked}: ${what}`, { remedy: 'See who else works on this provider.' });
}

/**
 * What an exchange that failed means. Errors of ours pass, but for a deadline and a body that cannot be decoded, which
 * say nothing about a recipe here. Pure.
 */
export function exchangeFault(asked: Asked, error: unknown, url: URL): CcError {
  if (error instanceof CcError) return GARBLED.includes(error.code) ? unreachable(asked, error.message) : error;
  const root = rootOf(error);
  const out = exhaustionOf(root);
  if (out !== undefined) return out;
  // What a parser says may quote the answer, and the answer may quote a secret.
  if (systemCode(root) === undefined) return unreachable(asked, 'no answer that can be used');
  const said = explainConnection(root, url);
  if (connectionFault(root) === 'Certificate')
    return misconfigured(asked, said, 'Correct the certificate, or the authority that is trusted.');
  return unreachable(asked, said, root);
}

const GARBLED: readonly ErrorCode[] = ['DeadlineExceeded', 'InvalidInput'];
const MAX_CAUSES = 5;

/** The innermost cause with a code of the system's, else the innermost: `fetch failed` says nothing. */
function rootOf(error: unknown): unknown {
  let one = error;
  for (let depth = 0; depth < MAX_CAUSES && one instanceof Error && systemCode(one) === undefined; depth += 1) {
    if (one.cause === undefined) break;
    one = one.cause;
  }
  return one;
}
