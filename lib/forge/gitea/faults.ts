import { isRecord } from '../../api/objects.ts';
import { connectionFault, explainConnection } from '../../checks/connection-fault.ts';
import type { Mask } from '../../checks/mask.ts';
import { exhaustionOf, hasCode, systemCode } from '../../errors.ts';
import { plainText } from '../../terminal-text.ts';
import { ForgeFault, type ForgeFaultReason } from '../forge.ts';
import { type Received, UnusableAnswer } from './exchange.ts';

/** What was asked, for people: `GET https://forge.example.org/api/v1/user`. Holds no secret. */
export type Asked = string;

const MOST_CHARACTERS = 300;
/** Of what is masked before it is cut, so that no half of a token is left. */
const MOST_LOOKED_AT = 64 * 1024;
/** Proxies say so themselves, in HTML: the request is too long, whoever answers. */
const TOO_LONG: readonly number[] = [413, 414, 431];
const ANOTHER_TIME: readonly number[] = [408, 425];

/** No answer, or one that is none of an API. */
export function unreachable(asked: Asked, what: string, facts: { status?: number; cause?: unknown } = {}): ForgeFault {
  return new ForgeFault('Unreachable', `${asked}: ${what}`, facts);
}

/**
 * What a status that was not wanted means. Gitea says what is wrong as JSON, or nothing at all; a 401, 403 or 404 that
 * comes as a page is a proxy's, and says nothing about what was asked for. Pure.
 */
export function statusFault(
  asked: Asked,
  { status, text }: Received,
  about: { mask: Mask; retryAfterMs?: number },
): ForgeFault {
  const { mask, ...wait } = about;
  const message = messageOf(text);
  const said = message === undefined ? '' : firstSaid(message, mask);
  const reason = message === undefined ? pageReason(status) : apiReason(status);
  const kind = message === undefined ? ' with what is no answer of a forge' : '';
  const words = `${asked}: answered ${status}${kind}${said === '' ? '' : `: ${said}`}${remedy(reason)}`;
  return new ForgeFault(reason, words, { status, ...wait });
}

function apiReason(status: number): ForgeFaultReason {
  if (status === 401) return 'Unauthorised';
  if (status === 403) return 'MissingScope';
  if (status === 404) return 'NotFound';
  return status >= 400 && status < 500 && !ANOTHER_TIME.includes(status) && status !== 429
    ? 'Refused'
    : pageReason(status);
}

/** Of an answer that may be anybody's. */
function pageReason(status: number): ForgeFaultReason {
  if (status === 429) return 'TooMany';
  if (TOO_LONG.includes(status)) return 'Refused';
  return status >= 500 ? 'ServerFault' : 'Unreachable';
}

function remedy(reason: ForgeFaultReason): string {
  if (reason === 'Unauthorised') return '. Put a token that is valid into forge.tokenFile.';
  return reason === 'MissingScope' ? '. Give the token that scope, or its account that right.' : '';
}

/** Empty for an answer without a body; undefined where there is one that is none of the API's. */
function messageOf(text: string): string | undefined {
  if (text.trim() === '') return '';
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || typeof value.message !== 'string') return undefined;
    const errors = Array.isArray(value.errors) ? value.errors.filter((one) => typeof one === 'string') : [];
    return [value.message, ...errors].filter((one) => one !== '').join(': ');
  } catch {
    return undefined;
  }
}

function firstSaid(text: string, mask: Mask): string {
  const line = plainText(mask.text(text.slice(0, MOST_LOOKED_AT)))
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length <= MOST_CHARACTERS ? line : `${line.slice(0, MOST_CHARACTERS).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** What an exchange that failed means; a fault that is one passes. Pure. */
export function exchangeFault(asked: Asked, error: unknown, url: URL): ForgeFault {
  if (error instanceof ForgeFault) return error;
  if (hasCode(error, 'DeadlineExceeded') || error instanceof UnusableAnswer)
    return unreachable(asked, error.message, { cause: error });
  const said = exhaustionOf(error)?.message ?? certificateWords(error, url) ?? explainConnection(error, url);
  return unreachable(asked, said, { cause: error });
}

function certificateWords(error: unknown, { hostname }: URL): string | undefined {
  if (connectionFault(error) !== 'Certificate') return undefined;
  const remedy = 'Set NODE_EXTRA_CA_CERTS of the controller to the certificate of its authority, or correct forge.url.';
  return `the certificate for ${hostname} is not one that is trusted (${systemCode(error)}). ${remedy}`;
}
