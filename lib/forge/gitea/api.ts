import { createMask } from '../../checks/mask.ts';
import type { Clock } from '../../clock.ts';
import { withinDeadline } from '../../deadline.ts';
import { CcError } from '../../errors.ts';
import { ForgeFault } from '../forge.ts';
import { exchange, type Received } from './exchange.ts';
import { type Asked, exchangeFault, statusFault, unreachable } from './faults.ts';
import { retryAfterMs } from './retry-after.ts';

/** Of one request with the redirects that it is led through, milliseconds. */
const DEADLINE_MS = 30_000;
const MOST_REDIRECTS = 3;
/** Redirects after which a request is sent again as it was (RFC 9110, section 15.4). */
const SAME_METHOD: readonly number[] = [307, 308];
const REDIRECTS: readonly number[] = [301, 302, 303, ...SAME_METHOD];
/** What HTTP can carry as a value of a header. */
const TOKEN = /^[\x21-\x7e]+$/;

export interface GiteaSettings {
  /** Of the forge as people open it; may have a path. */
  url: string;
  /** Asked at each request, so that a rotated token is taken. What it throws passes. */
  token: () => Promise<string>;
  clock: Clock;
  /** Of one request, milliseconds. */
  deadlineMs?: number;
}

export interface Request {
  /** Default `GET`. */
  method?: 'GET' | 'POST' | 'PATCH';
  /** Below `/api/v1`, encoded. */
  path: string;
  query?: Readonly<Record<string, string | number>>;
  /** Sent as JSON. */
  json?: unknown;
}

export interface Answer extends Received {
  /** For messages about what is in it. */
  asked: Asked;
}

/** Requests to the API of one Gitea or Forgejo. Its token goes to no other host. */
export class GiteaApi {
  readonly #settings: GiteaSettings;
  /** Ends without a slash. */
  readonly #base: URL;

  /** @throws CcError `Misconfigured` for a URL that is none, or has a user. */
  constructor(settings: GiteaSettings) {
    this.#settings = settings;
    const base = URL.parse(settings.url);
    if (base === null || !['http:', 'https:'].includes(base.protocol) || base.username !== '' || base.password !== '')
      throw new CcError('Misconfigured', 'forge.url is no http or https URL without a user', {
        remedy: 'Give the address at which people open the forge.',
      });
    this.#base = new URL(`${base.pathname.replace(/\/+$/, '')}/api/v1`, base.origin);
  }

  get clock(): Clock {
    return this.#settings.clock;
  }

  /** @throws ForgeFault for a status that is not from 200 to 299; CcError `Aborted`. */
  async ask(request: Request, signal: AbortSignal): Promise<Answer> {
    const url = this.#url(request);
    const asked = `${request.method ?? 'GET'} ${url.origin}${url.pathname}`;
    const token = (await this.#settings.token()).trim();
    if (!TOKEN.test(token)) throw new ForgeFault('Unauthorised', `${asked}: forge.tokenFile holds no token`);
    const answer = await this.#within(asked, signal, (inner) =>
      this.#send(url, request, { asked, token, signal: inner }),
    );
    const { status } = answer;
    if (status >= 200 && status < 300) return { ...answer, asked };
    const waitMs = retryAfterMs(answer.headers, this.clock.now());
    const about = { mask: createMask([token]), ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
    throw statusFault(asked, answer, about);
  }

  async #within(
    asked: Asked,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<Received>,
  ): Promise<Received> {
    const { clock, deadlineMs = DEADLINE_MS } = this.#settings;
    const late = (): CcError => new CcError('DeadlineExceeded', `no complete answer within ${deadlineMs} ms`);
    try {
      if (signal.aborted) throw signal.reason;
      return await withinDeadline({ clock, signal, deadlineMs, late }, work);
    } catch (error) {
      if (signal.aborted) throw new CcError('Aborted', `${asked}: interrupted`, { cause: error });
      throw exchangeFault(asked, error, this.#base);
    }
  }

  async #send(
    start: URL,
    request: Request,
    sent: { asked: Asked; token: string; signal: AbortSignal },
  ): Promise<Received> {
    const { method = 'GET', json } = request;
    const body = json === undefined ? undefined : JSON.stringify(json);
    const headers = {
      accept: 'application/json',
      authorization: `token ${sent.token}`,
      'user-agent': 'cc-ci',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    let url = start;
    for (let left = MOST_REDIRECTS; ; left -= 1) {
      const answer = await exchange(url, { method, headers, body, signal: sent.signal });
      if (!REDIRECTS.includes(answer.status)) return answer;
      const target = URL.parse(answer.headers.location ?? '', url.href);
      if (target === null || left === 0 || !this.#mayFollow(target, method, answer.status))
        throw unreachable(sent.asked, redirectWords(target), { status: answer.status });
      url = target;
    }
  }

  /** Only within the API: Gitea leads to the new name of a repository, and to the public members of an organisation. */
  #mayFollow(target: URL, method: string, status: number): boolean {
    const within = target.origin === this.#base.origin && target.pathname.startsWith(`${this.#base.pathname}/`);
    return within && (method === 'GET' || SAME_METHOD.includes(status));
  }

  #url({ path, query = {} }: Request): URL {
    const url = new URL(`${this.#base.pathname}${path}`, this.#base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return url;
  }
}

/** A page to sign in at, most likely, or the same forge by another name. */
function redirectWords(target: URL | null): string {
  const to = target === null ? 'nowhere' : `${target.origin}${target.pathname}`.slice(0, 300);
  return `redirected to ${to}, which is not followed. Give the forge.url that answers itself.`;
}
