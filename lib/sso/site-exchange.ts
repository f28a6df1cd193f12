import { isRecord, present } from '../api/objects.ts';
import { exchange } from '../checks/http-exchange.ts';
import { type Asked, exchangeFault, misconfigured, unreachable } from './faults.ts';
import type { SsoSite } from './provider.ts';

/** The deadline is that of the whole call, see `bounded`. */
const NO_LIMIT_MS = 2 ** 31 - 1;
const FORM = 'application/x-www-form-urlencoded';

export interface SiteRequest {
  asked: Asked;
  url: URL;
  /** Posted as a form; absent: the URL is got. */
  form?: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

export interface SiteAnswer {
  status: number;
  /** Undefined where the body is no JSON object, or more than 1 MiB. */
  json: Record<string, unknown> | undefined;
}

/** One request to a provider; redirects are not followed. @throws CcError as `exchangeFault` says. */
export async function askSite(site: SsoSite, { asked, url, form, signal }: SiteRequest): Promise<SiteAnswer> {
  const { connectTo, trust } = site;
  const posted = form && { method: 'POST', body: String(new URLSearchParams(form)), contentType: FORM };
  const options = { ...present({ connectTo, trust }), ...posted, signal, timeoutMs: NO_LIMIT_MS };
  try {
    const { status, text, cut } = await exchange(url, options);
    return { status, json: cut ? undefined : jsonObject(text) };
  } catch (error) {
    throw exchangeFault(asked, error, url);
  }
}

/** The body of an answer that has to be one. @throws CcError `Unreachable`. */
export function bodyOf(asked: Asked, { json }: SiteAnswer): Record<string, unknown> {
  if (json === undefined) throw unreachable(asked, 'the answer is no JSON object of at most 1 MiB');
  return json;
}

/** A URL of the configuration or of a provider. @throws CcError `Misconfigured` for anything but `http:` and `https:`. */
export function webUrl(asked: Asked, text: unknown): URL {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    throw misconfigured(asked, 'not an http or https URL without a user', 'Correct the URL.');
  return url;
}

/** URL of the provider as credentials give it, without query, fragment and a slash at the end. @throws as {@link webUrl}. */
export function siteUrl({ url }: Pick<SsoSite, 'url'>): string {
  const { origin, pathname } = webUrl('the URL of the provider', url);
  return `${origin}${pathname}`.replace(/\/+$/, '');
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
