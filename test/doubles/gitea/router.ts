import type { Account } from './state.ts';
import type { World } from './world.ts';

/** A request to the API, by somebody who may ask it. */
export interface Asked {
  world: World;
  /** Undefined for nobody in particular. */
  actor: Account | undefined;
  /** Parts of the path by name. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  json: Readonly<Record<string, unknown>>;
}

export interface Answer {
  status: number;
  /** Undefined: no body. */
  json?: unknown;
  headers?: Record<string, string>;
}

export interface Route {
  method: string;
  /** Below `/api/v1`; `:name` stands for one segment, `*name` for the rest. */
  path: string;
  /** May be asked without a token. */
  open?: boolean;
  run: (asked: Asked) => Answer | Promise<Answer>;
}

/** The first route for a path, with its parts. */
export function match(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = paramsOf(route.path.split('/'), path.split('/'));
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function paramsOf(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith('*'))
      return { ...params, [part.slice(1)]: path.slice(index).map(decodeURIComponent).join('/') };
    const given = path[index];
    if (given === undefined) return undefined;
    if (part.startsWith(':') && given !== '') params[part.slice(1)] = decodeURIComponent(given);
    else if (part !== given) return undefined;
  }
  return pattern.length === path.length ? params : undefined;
}

/** What kind of scope a path asks of a token. */
export function categoryOf(path: string): string {
  if (/^\/repos\/[^/]+\/[^/]+\/issues(?:\/|$)/.test(path)) return 'issue';
  const [, first = ''] = path.split('/');
  const categories: Readonly<Record<string, string>> = {
    repos: 'repository',
    orgs: 'organization',
    teams: 'organization',
  };
  return categories[first] ?? (first === 'admin' ? 'admin' : 'user');
}

const DEFAULT_LIMIT = 30;
const MOST = 50;

/** A page of a list, as the query asks for it; the total of the list goes into a header. */
export function page<T>(query: URLSearchParams, items: readonly T[], show: (item: T) => unknown): Answer {
  return { status: 200, json: pageOf(query, items).map(show), headers: total(items.length) };
}

export function pageOf<T>(query: URLSearchParams, items: readonly T[]): T[] {
  const limit = Math.min(Number(query.get('limit')) || DEFAULT_LIMIT, MOST);
  const start = (Math.max(1, Number(query.get('page')) || 1) - 1) * limit;
  return items.slice(start, start + limit);
}

export function total(count: number): Record<string, string> {
  return { 'X-Total-Count': String(count) };
}

export function textOf(json: Readonly<Record<string, unknown>>, name: string): string {
  const value = json[name];
  return typeof value === 'string' ? value : '';
}

export function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
