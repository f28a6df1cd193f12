import { present } from '../api/objects.ts';
import { sha256 } from '../digest.ts';
import { type AppConnection, connectionTo } from './app-connection.ts';
import type { ConnectionFault } from './connection-fault.ts';
import type { HealthProbeOptions } from './health-probe.ts';
import { ask, isFailure, type NoAnswer } from './http-check.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { readPage } from './page-reader.ts';

/** `timeoutMs`: of each request; no more than a handful is sent. */
export interface PageCheckOptions extends Required<Omit<HealthProbeOptions, 'exec'>> {
  /** The app's own URL; the page is what it answers at `/`. */
  url: string;
}

/** `NoPage`: the app answers something else than a page, so that there is nothing to look at. */
export interface PageResult {
  result: 'Passed' | 'Failed' | 'NoPage';
  /** One line; may hold what the app said: bounded, not masked. */
  message: string;
  /** What kept the request for the page from reaching anything. */
  fault?: ConnectionFault;
}

/** What was seen of a page of that version. */
export type PageSeen = PageResult & {
  version?: string;
  /** Why no picture of it was taken. */
  noPicture?: string;
};

const MAX_REDIRECTS = 3;
const SHOWN = 120;

type Kind = 'style sheet' | 'script';

/**
 * Whether the app shows a page: 2xx `text/html`, with a title or something in its body, not what the ingress says for
 * names of nobody, and with a first style sheet and a first script that load. Only what lies at the app's own scheme,
 * host and port is asked for; what lies elsewhere is named. The answers are strangers': each is bounded in size and time.
 * @throws CcError `Aborted` when `signal` trips; `Unreachable` when this machine has no socket to give.
 */
export async function checkPage(options: PageCheckOptions): Promise<PageResult> {
  const home = new URL(`${options.url.replace(/\/+$/, '')}/`);
  const answer = await askAt(home, options);
  if (isFailure(answer))
    return { ...failed(`GET ${shown(home.href)}: ${answer.words}`), ...present({ fault: answer.fault }) };
  const what = `${answer.status}${answer.type === '' ? '' : ` ${shown(answer.type)}`}`;
  if (answer.status < 200 || answer.status > 299 || answer.type !== 'text/html')
    return { result: 'NoPage', message: `${shown(home.href)} answers ${what}, no page (2xx text/html)` };
  const page = readPage(answer.text);
  if (page.title === '' && !page.hasContent) return failed('the page has neither a title nor anything in its body');
  if (await isFallback(answer, home, options))
    return failed(`the page is what the ingress answers for names that no app has (${shown(page.title)})`);
  const base = page.base === undefined ? home : (URL.parse(page.base, home.href) ?? home);
  const sheet = await checkFirst({ kind: 'style sheet', references: page.stylesheets, base, home }, options);
  const script = await checkFirst({ kind: 'script', references: page.scripts, base, home }, options);
  const title = page.title === '' ? 'a page without a title' : `the page ${JSON.stringify(shown(page.title))}`;
  const faults = [sheet, script].filter(({ ok }) => !ok).map(({ message }) => message);
  if (faults.length > 0) return failed(`${title}: ${faults.join('; ')}`);
  return { result: 'Passed', message: [title, sheet.message, script.message].join('; ') };
}

function failed(message: string): PageResult {
  return { result: 'Failed', message };
}

interface References {
  kind: Kind;
  references: readonly string[];
  /** What references are relative to. */
  base: URL;
  home: URL;
}

/** Loads the first one that is the app's own. */
async function checkFirst(first: References, options: PageCheckOptions): Promise<{ ok: boolean; message: string }> {
  const { kind, references, base, home } = first;
  const urls = references
    .flatMap((one) => URL.parse(one, base.href) ?? [])
    .filter(({ protocol }) => protocol !== 'data:');
  const own = urls.find(({ origin }) => origin === home.origin);
  const elsewhere =
    urls[0] !== own && urls[0] !== undefined ? `, its first lies elsewhere: ${shown(urls[0].host)}` : '';
  if (own === undefined) return { ok: true, message: `no ${kind} of its own${elsewhere}` };
  const fault = await loadFault(own, kind, options);
  const name = `${kind} ${shown(own.pathname)}`;
  return fault === undefined
    ? { ok: true, message: `${name} loads${elsewhere}` }
    : { ok: false, message: `${name}: ${fault}` };
}

async function loadFault(first: URL, kind: Kind, options: PageCheckOptions): Promise<string | undefined> {
  let url = first;
  for (let asked = 0; asked <= MAX_REDIRECTS; asked += 1) {
    const answer = await askAt(url, options);
    if (isFailure(answer)) return answer.words;
    const next = redirectOf(answer, url);
    if (next === undefined) return contentFault(answer, kind);
    if (next.origin !== first.origin) return `leads elsewhere: ${shown(next.host)}`;
    url = next;
  }
  return `leads on and on, more than ${MAX_REDIRECTS} times`;
}

function redirectOf({ status, location }: HttpAnswer, url: URL): URL | undefined {
  if (status < 300 || status > 399 || location === undefined) return undefined;
  return URL.parse(location, url.href) ?? undefined;
}

/** A page in the place of a style sheet or script is how many apps answer for a file that they do not have. */
function contentFault({ status, type, text }: HttpAnswer, kind: Kind): string | undefined {
  if (status < 200 || status > 299) return `answers ${status}`;
  if (type === 'text/html') return 'answers a page instead';
  if (kind === 'style sheet' && type !== '' && type !== 'text/css') return `is ${shown(type)}, not text/css`;
  return text === '' && kind === 'script' ? 'is empty' : undefined;
}

/** What is asked of a name that no app has, at the place where the app is reached, is the ingress's own answer. */
async function isFallback(answer: HttpAnswer, home: URL, options: PageCheckOptions): Promise<boolean> {
  const host = home.hostname.replace(/\.$/, '');
  const { domain, connection } = options;
  const [, ...zone] = host.split('.');
  if (zone.length < 2 || (host !== domain && !host.endsWith(`.${domain}`))) return false;
  const nobody = new URL(home);
  nobody.hostname = `${sha256(host).slice(0, 16)}.${zone.join('.')}`;
  const other = await askAt(nobody, options, connection);
  return !isFailure(other) && other.status === answer.status && other.text === answer.text;
}

async function askAt(
  url: URL,
  { domain, connection, timeoutMs, signal, clock }: PageCheckOptions,
  reached: AppConnection = connectionTo(url.href, domain, connection),
): Promise<HttpAnswer | NoAnswer> {
  return await ask(url, { ...reached, timeoutMs, signal, clock });
}

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
