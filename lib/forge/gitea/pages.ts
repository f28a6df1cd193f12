import type { Answer, GiteaApi } from './api.ts';
import { unreachable } from './faults.ts';
import { Fields, jsonOf } from './fields.ts';

/** Of a page; servers may give less: what they call their greatest page is 50 where nobody set it. */
const LIMIT = 50;
const MOST_PAGES = 400;
/** Characters of all pages of one reading. */
const MOST_CHARACTERS = 64 * 1024 * 1024;
/** How often a list is read that changes meanwhile. */
const MOST_PASSES = 4;

export interface Listing<T> {
  path: string;
  query?: Readonly<Record<string, string>>;
  /** The items of a page; default: the page is their list. */
  itemsOf?: (page: unknown) => unknown;
  read: (fields: Fields) => T;
  /** What tells an item from others of the list. */
  key: (item: T) => string | number;
}

export interface Listed<T> {
  /** In the order of the list, each once. */
  items: T[];
  /** What came first. */
  first: Answer;
}

interface Pass<T> {
  items: Map<string | number, T>;
  first: Answer;
  /** A page more than one was read, so that an item may have moved to a page that was read before. */
  paged: boolean;
  /** There were fewer items in the end than the first page told of. */
  shrunk: boolean;
}

/**
 * A list, page by page. Whatever is removed while pages are read moves what follows it to pages that were read already,
 * so that a list of more than one page counts once all of one reading is found again by the next.
 * @throws ForgeFault as `GiteaApi.ask`; `Unreachable` for what is no list, one without an end, and one that never stands still.
 */
export async function list<T>(api: GiteaApi, listing: Listing<T>, signal: AbortSignal): Promise<Listed<T>> {
  let before = await readPass(api, listing, signal);
  const { first } = before;
  for (let passes = 1; before.paged; passes += 1) {
    if (passes === MOST_PASSES) throw unreachable(first.asked, `the list changed in each of ${MOST_PASSES} readings`);
    const now = await readPass(api, listing, signal);
    const { items } = now;
    const isWhole = !now.shrunk && [...before.items.keys()].every((key) => items.has(key));
    before = isWhole ? { ...now, paged: false } : now;
  }
  return { items: [...before.items.values()], first };
}

async function readPass<T>(api: GiteaApi, listing: Listing<T>, signal: AbortSignal): Promise<Pass<T>> {
  const { path, query, itemsOf = (page) => page, read, key } = listing;
  const items = new Map<string | number, T>();
  let first: Answer | undefined;
  let told = 0;
  let characters = 0;
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const answer = await api.ask({ path, query: { ...query, limit: LIMIT, page } }, signal);
    first ??= answer;
    characters += answer.text.length;
    if (characters > MOST_CHARACTERS) throw unreachable(first.asked, 'a list of more than 64 MiB');
    const before = items.size;
    for (const item of itemsIn(answer, itemsOf).map(read)) items.set(key(item), item);
    const total = totalOf(answer);
    const shrunk = total !== undefined && total < told;
    told = total ?? told;
    // A server that gives the same page again and again has no other.
    const isEnd = items.size === before || (total !== undefined && items.size >= total);
    if (shrunk || isEnd) return { items, first, shrunk, paged: page > 1 };
  }
  throw unreachable(first?.asked ?? path, `a list of more than ${MOST_PAGES} pages`);
}

function itemsIn(answer: Answer, itemsOf: (page: unknown) => unknown): Fields[] {
  const page = answer.text.trim() === '' ? [] : jsonOf(answer);
  // Go writes a list of nothing as null.
  const items = itemsOf(page) ?? [];
  if (!Array.isArray(items)) throw unreachable(answer.asked, 'the answer is no list', { status: answer.status });
  return items.map((item: unknown, index) => new Fields(answer, `[${index}]`, item));
}

function totalOf({ headers }: Answer): number | undefined {
  const [text] = [headers['x-total-count']].flat();
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
