import { present } from '../api/objects.ts';
import { CcError, exhaustionOf } from '../errors.ts';
import type { CheckResult } from './check.ts';
import { type ConnectionFault, connectionFault, explainConnection } from './connection-fault.ts';
import { type ExchangeOptions, exchange, type HttpAnswer } from './http-exchange.ts';

const EVIDENCE_CHARACTERS = 200;

export interface HttpCheckOptions extends ExchangeOptions {
  /** Absolute `http:` or `https:` URL. */
  url: string;
  /** Accepted status codes; default: every code from 200 to 399. */
  status?: readonly number[];
  /** Text that has to be in the first MiB of the body. */
  contains?: string;
}

/**
 * One HTTP exchange on a connection of its own; redirects are not followed. An app that does not answer as wanted is a
 * result, not an exception; the message says what was asked, got and wanted. The evidence may hold what the app said,
 * so mask it before it is kept. @throws CcError `Misconfigured` for an unusable URL; `Aborted` when `signal` trips;
 * `Unreachable` when this machine has no socket to give.
 */
export async function checkHttp(options: HttpCheckOptions): Promise<CheckResult> {
  const url = parseUrl(options.url);
  const asked = `${options.method ?? 'GET'} ${printableUrl(url)}`;
  const wanted = describeWanted(options);
  const answer = await ask(url, options);
  if (!isFailure(answer)) return judge(answer, options, { asked, wanted });
  return { ok: false, message: `${asked}: ${answer.words}; wanted ${wanted}`, ...present({ fault: answer.fault }) };
}

function judge(answer: HttpAnswer, options: HttpCheckOptions, words: { asked: string; wanted: string }): CheckResult {
  const evidence = `status ${answer.status}, body starts ${JSON.stringify(answer.text.slice(0, EVIDENCE_CHARACTERS))}`;
  const got = (what: string): CheckResult => ({
    ok: false,
    message: `${words.asked}: got ${what}; wanted ${words.wanted}`,
    evidence,
    status: answer.status,
  });
  const statusFits = options.status?.includes(answer.status) ?? (answer.status >= 200 && answer.status < 400);
  if (!statusFits) return got(`status ${answer.status}`);
  if (options.contains !== undefined && !answer.text.includes(options.contains))
    return got(`status ${answer.status}, text not in the ${answer.cut ? 'first MiB of the ' : ''}body`);
  return { ok: true, message: `${words.asked}: status ${answer.status}`, evidence };
}

function describeWanted(options: HttpCheckOptions): string {
  const status = options.status ? `status ${options.status.join(' or ')}` : 'status 200–399';
  return options.contains === undefined ? status : `${status} and a body with ${JSON.stringify(options.contains)}`;
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  const remedy = 'Give one such as https://{domain} or http://127.0.0.1:{port:app}.';
  throw new CcError('Misconfigured', `${JSON.stringify(text)} is not an absolute http or https URL`, { remedy });
}

function printableUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

/** Why nothing came. */
export interface NoAnswer {
  words: string;
  fault: ConnectionFault | undefined;
}

export function isFailure(answer: HttpAnswer | NoAnswer): answer is NoAnswer {
  return 'words' in answer;
}

/**
 * What came of one exchange, or why nothing did.
 * @throws CcError `Aborted` when the signal trips; `Unreachable` when this machine has no socket to give.
 */
export async function ask(url: URL, options: ExchangeOptions): Promise<HttpAnswer | NoAnswer> {
  try {
    return await exchange(url, options);
  } catch (error) {
    const asked = `${options.method ?? 'GET'} ${url.host}`;
    if (options.signal.aborted) throw new CcError('Aborted', `${asked} was aborted`, { cause: error });
    const exhaustion = exhaustionOf(error);
    if (exhaustion !== undefined) throw exhaustion;
    return { words: explainConnection(error, url), fault: connectionFault(error) };
  }
}
