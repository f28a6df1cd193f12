import { lackingScope } from './actions/accounts.ts';
import { ApiError, BareStatus, notFound } from './api-error.ts';
import { type Answer, categoryOf, match, type Route } from './router.ts';
import { ACCOUNT_ROUTES } from './routes/accounts.ts';
import { CONVERSATION_ROUTES } from './routes/conversation.ts';
import { REPOSITORY_ROUTES } from './routes/repositories.ts';
import { STATUS_ROUTES } from './routes/statuses.ts';
import type { Account, Token } from './state.ts';
import type { World } from './world.ts';

const ROUTES: readonly Route[] = [...ACCOUNT_ROUTES, ...REPOSITORY_ROUTES, ...CONVERSATION_ROUTES, ...STATUS_ROUTES];
const PREFIX = '/api/v1';
const REFUSED = 'invalid username, password or token';

export interface ApiRequest {
  method: string;
  /** From `/api/v1` on. */
  path: string;
  query: URLSearchParams;
  json: unknown;
  authorization: string | undefined;
}

/** Whoever a request is from. */
interface Caller {
  account: Account;
  /** Undefined for a password, which may do all. */
  token: Token | undefined;
}

/** The login that belongs to a header, if any. */
export function loginOf(world: World, authorization: string | undefined): string | undefined {
  try {
    return callerOf(world, authorization)?.account.login;
  } catch {
    return undefined;
  }
}

/** Carries a request out. Never fails: errors are answers. */
export async function answerTo(world: World, request: ApiRequest): Promise<Answer> {
  try {
    return await carriedOut(world, request);
  } catch (error) {
    if (error instanceof BareStatus) return { status: error.status };
    const url = `${world.url()}/api/swagger`;
    if (!(error instanceof ApiError)) return { status: 500, json: { message: `the double failed: ${error}`, url } };
    const { status, message, errors } = error;
    return { status, json: { message, url, ...(errors === undefined ? {} : { errors }) } };
  }
}

async function carriedOut(world: World, { method, path, query, json, authorization }: ApiRequest): Promise<Answer> {
  const caller = callerOf(world, authorization);
  const below = path.slice(PREFIX.length);
  const found = match(ROUTES, method, below);
  if (found === undefined) throw notFound();
  const { route, params } = found;
  if (caller === undefined && route.open !== true) throw new ApiError(401, 'token is required');
  demandScope(caller, method, below);
  const fields = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  return await route.run({ world, actor: caller?.account, params, query, json: fields });
}

function demandScope(caller: Caller | undefined, method: string, path: string): void {
  if (caller?.token === undefined || path === '/version') return;
  const lacking = lackingScope(caller.token, method, categoryOf(path));
  if (lacking === undefined) return;
  const has = caller.token.scopes.join(',');
  throw new ApiError(
    403,
    `token does not have at least one of required scope(s), required=[${lacking}], token scope=${has}`,
  );
}

/** Undefined for nobody. @throws ApiError for somebody who is not known. */
function callerOf({ state }: World, authorization: string | undefined): Caller | undefined {
  if (authorization === undefined) return undefined;
  const [scheme = '', given = ''] = authorization.split(' ');
  const [login = '', password = ''] =
    scheme.toLowerCase() === 'basic' ? Buffer.from(given, 'base64').toString('utf8').split(':') : ['', given];
  const token = state.tokens.find(({ value }) => value === password || value === login);
  const account = state.account(token?.login ?? login);
  const isRight = token !== undefined || (account !== undefined && password !== '' && account.password === password);
  if (account === undefined || !isRight) throw new ApiError(401, REFUSED);
  return { account, token };
}
