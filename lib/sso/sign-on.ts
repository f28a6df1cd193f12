import { isRecord } from '../api/objects.ts';
import { CcError } from '../errors.ts';
import { conflict, misconfigured, statusFault, unreachable } from './faults.ts';
import type { SsoCredentials, SsoSite } from './provider.ts';
import { askSite, bodyOf, type SiteAnswer, webUrl } from './site-exchange.ts';

const HOST_NAME = 'Let the provider answer by the host name and scheme of its URL.';

/**
 * What each provider's `verify` does, whatever its type: OpenID Connect Discovery, then the password grant of RFC 6749
 * with `scope=openid`. The token comes straight from its issuer, so that its signature need not be checked (OpenID
 * Connect Core, section 3.1.3.7, point 6). @throws CcError as `SsoProvider.verify` says, but for deadlines.
 */
export async function verifySignOn(site: SsoSite, credentials: SsoCredentials, signal: AbortSignal): Promise<void> {
  const endpoint = await tokenEndpoint(site, credentials, signal);
  const { clientId, clientSecret, user, password, realm, issuer } = credentials;
  const asked = `signing in to realm ${realm} at ${issuer}`;
  const client = { client_id: clientId, client_secret: clientSecret };
  const form = { grant_type: 'password', scope: 'openid', ...client, username: user, password };
  const answer = await askSite(site, { asked, url: endpoint, form, signal });
  if (isRefusal(answer)) throw conflict(asked, 'the credentials do not work any more');
  if (answer.status !== 200) throw statusFault(asked, answer.status);
  const { access_token: access, id_token: identity } = bodyOf(asked, answer);
  const claims = claimsOf(identity);
  if (typeof access !== 'string' || access === '' || claims === undefined)
    throw unreachable(asked, 'the answer does not hold an access and an identity token');
  if (claims.iss !== issuer) throw misconfigured(asked, 'the token is of another issuer', HOST_NAME);
  if (![claims.aud].flat().includes(clientId)) throw conflict(asked, 'the token is for another client');
}

async function tokenEndpoint(site: SsoSite, { issuer, realm }: SsoCredentials, signal: AbortSignal): Promise<URL> {
  const asked = `discovering realm ${realm} at ${issuer}`;
  const url = webUrl(asked, `${issuer}/.well-known/openid-configuration`);
  const answer = await askSite(site, { asked, url, signal });
  if (answer.status === 404)
    throw new CcError('DataMissing', `${asked}: the realm is gone`, { remedy: 'See who removes realms there.' });
  if (answer.status !== 200) throw statusFault(asked, answer.status);
  const { issuer: said, token_endpoint: endpoint } = bodyOf(asked, answer);
  if (said !== issuer) throw misconfigured(asked, 'the provider calls itself by another issuer', HOST_NAME);
  const place = webUrl(asked, endpoint);
  if (place.origin !== url.origin) throw misconfigured(asked, 'tokens are given by another host', HOST_NAME);
  return place;
}

/** 400 and 401 with an error of RFC 6749, section 5.2, that is about the credentials. */
function isRefusal({ status, json }: SiteAnswer): boolean {
  const errors = ['invalid_grant', 'invalid_client', 'unauthorized_client'];
  return (status === 400 || status === 401) && errors.includes(String(json?.error));
}

/** The claims of a JSON Web Token, unchecked; undefined where it is none. */
function claimsOf(token: unknown): Record<string, unknown> | undefined {
  if (typeof token !== 'string') return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return isRecord(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}
