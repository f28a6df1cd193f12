import { createMask } from '../checks/mask.ts';
import type { Clock } from '../clock.ts';
import { withinDeadline } from '../deadline.ts';
import { sha256 } from '../digest.ts';
import { CcError, explainError, systemCode } from '../errors.ts';
import { escapeSteering } from '../terminal-text.ts';
import { type Alert, alertDocument } from './alert.ts';
import { isTaken, type PostAnswer, post } from './post.ts';
import { firstSaid } from './said.ts';
import { readKey, webhookSignature } from './signature.ts';
import type { Sink } from './sink.ts';

/** Of one delivery, milliseconds. */
const DEADLINE_MS = 10_000;
/** Answers of servers that are busy: nothing about them is to be set right. */
const BUSY: readonly number[] = [408, 425, 429];

export interface WebhookSettings {
  /** `http:` or `https:`; its path and user may be secret. */
  url: string;
  /** Absent: not signed. */
  secretFile?: string;
}

/** The alert as sinks get it: JSON of one line, in which nothing steers a terminal. Pure. */
export function alertBody(alert: Alert): string {
  return escapeSteering(JSON.stringify(alertDocument(alert)));
}

/**
 * POSTs alerts as JSON, signed after Standard Webhooks 1.0 where there is a key, which is read at each delivery. Only a
 * status from 200 to 299 is a delivery; redirects are not followed.
 */
export class WebhookSink implements Sink {
  readonly key: string;
  readonly name: string;
  readonly #settings: WebhookSettings;
  readonly #clock: Clock;

  constructor(settings: WebhookSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.key = `webhook-${sha256(settings.url).slice(0, 12)}`;
    this.name = `webhook ${URL.parse(settings.url)?.origin ?? 'without a usable URL'}`;
  }

  async deliver(alert: Alert, signal: AbortSignal): Promise<void> {
    const { secretFile, url: text } = this.#settings;
    const url = URL.parse(text);
    if (url === null)
      throw new CcError('Misconfigured', `${this.name} cannot be asked`, { remedy: 'Correct its url.' });
    const signing = secretFile === undefined ? undefined : await readKey(secretFile);
    const body = alertBody(alert);
    const headers = this.#headers(alert.id, body, signing?.key);
    const answer = await this.#post(url, { headers, body, signal });
    if (isTaken(answer.status)) return;
    const secrets = [url.username, url.password, `${url.pathname}${url.search}`, signing?.text ?? ''];
    throw notTaken(this.name, answer, secrets);
  }

  #headers(id: string, body: string, key: Uint8Array | undefined): Record<string, string> {
    const timestamp = Math.floor(this.#clock.now() / 1000);
    return {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'cc-ci',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      ...(key === undefined ? {} : { 'webhook-signature': webhookSignature({ id, timestamp, body }, key) }),
    };
  }

  async #post(url: URL, { headers, body, signal }: Parameters<typeof post>[1]): Promise<PostAnswer> {
    const late = (): CcError => new CcError('DeadlineExceeded', `${this.name} did not answer within ${DEADLINE_MS} ms`);
    try {
      const deadline = { clock: this.#clock, signal, deadlineMs: DEADLINE_MS, late };
      return await withinDeadline(deadline, (within) => post(url, { headers, body, signal: within }));
    } catch (error) {
      if (signal.aborted) throw new CcError('Aborted', `a delivery to ${this.name} was interrupted`, { cause: error });
      if (error instanceof CcError) throw error;
      const why = systemCode(error) ?? explainError(error);
      throw new CcError('Unreachable', `${this.name} cannot be reached (${why})`, { cause: error });
    }
  }
}

function notTaken(name: string, { status, text }: PostAnswer, secrets: readonly string[]): CcError {
  const said = firstSaid(text, createMask(secrets));
  const message = `${name} answered ${status}${said === '' ? '' : `: ${said}`}`;
  if (status >= 500 || BUSY.includes(status)) return new CcError('Unreachable', message);
  const remedy =
    status < 400
      ? 'Give the URL that it redirects to: redirects are not followed.'
      : 'Look at its url and secretFile, and at what receives there.';
  return new CcError('Misconfigured', message, { remedy });
}
