import { createHash, randomBytes } from 'node:crypto';
import type { SsoCredentials } from '../../../lib/sso/provider.ts';

interface Endpoints {
  authorization_endpoint: string;
  token_endpoint: string;
  jwks_uri: string;
}

export interface CodeFlow {
  /** A verifier other than the one whose challenge was sent. */
  verifier?: string;
  /** No challenge is sent, as by an app that knows no PKCE. */
  plain?: true;
}

/** What the token endpoint said. */
export interface TokenAnswer {
  status: number;
  access_token?: string;
  id_token?: string;
  error?: string;
}

/** Leaves nothing open. */
const headers = { connection: 'close' };

/** The discovery document. */
export async function discover({ issuer }: SsoCredentials): Promise<Endpoints> {
  return (await (await fetch(`${issuer}/.well-known/openid-configuration`, { headers })).json()) as Endpoints;
}

/**
 * Signs the user in as an app and a browser without scripts do: the form is got, filled in, sent, and the code that it
 * leads back with is redeemed. The place it led to, and what was given for the code, twice.
 */
export async function signInByCode(
  credentials: SsoCredentials,
  redirectUri: string,
  flow: CodeFlow = {},
): Promise<{ place: URL; state: string; tokens: TokenAnswer; again: TokenAnswer }> {
  const endpoints = await discover(credentials);
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(8).toString('hex');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const pkce = flow.plain ? {} : { code_challenge: challenge, code_challenge_method: 'S256' };
  const query = { response_type: 'code', scope: 'openid', client_id: credentials.clientId, state, ...pkce };
  const asked = new URL(endpoints.authorization_endpoint);
  asked.search = String(new URLSearchParams({ ...query, redirect_uri: redirectUri }));
  const place = await throughForm(asked, credentials);
  const redeem = (): Promise<TokenAnswer> =>
    token(endpoints, credentials, {
      grant_type: 'authorization_code',
      code: place.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      ...(flow.plain ? {} : { code_verifier: flow.verifier ?? verifier }),
    });
  return { place, state, tokens: await redeem(), again: await redeem() };
}

/** The status of the page at which a sign-in begins. */
export async function askForm(credentials: SsoCredentials, redirectUri: string): Promise<number> {
  const { authorization_endpoint: place } = await discover(credentials);
  const query = { response_type: 'code', scope: 'openid', client_id: credentials.clientId, redirect_uri: redirectUri };
  const answer = await fetch(`${place}?${new URLSearchParams(query)}`, { redirect: 'manual', headers });
  await answer.arrayBuffer();
  return answer.status;
}

async function throughForm(asked: URL, { user, password }: SsoCredentials): Promise<URL> {
  const page = await fetch(asked, { headers });
  const html = await page.text();
  const cookies = page.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  const action = /<form[^>]*\baction="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
  if (action === undefined) throw new Error(`no form, but ${page.status}: ${html.slice(0, 500)}`);
  const sent = await fetch(action, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...headers, cookie: cookies.join('; ') },
    body: new URLSearchParams({ username: user, password }),
  });
  const said = await sent.text();
  const location = sent.headers.get('location');
  if (location === null) throw new Error(`not led back, but ${sent.status}: ${said.slice(0, 500)}`);
  return new URL(location);
}

async function token(
  { token_endpoint: place }: Endpoints,
  { clientId, clientSecret }: SsoCredentials,
  form: Record<string, string>,
): Promise<TokenAnswer> {
  const body = new URLSearchParams({ ...form, client_id: clientId, client_secret: clientSecret });
  const answer = await fetch(place, { method: 'POST', headers, body });
  return { ...((await answer.json()) as object), status: answer.status };
}
