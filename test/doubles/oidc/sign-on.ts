import { createHash, randomBytes } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Answer, Asked, Handler } from './http.ts';
import type { Client, Realm, Realms, User } from './realms.ts';

const ALGORITHM = 'ES256';
const TOKEN_SECONDS = 60;
const PROTOCOL = 'protocol/openid-connect';

interface Keys {
  sign: CryptoKey;
  published: JWK;
}

/** What a request is about. */
interface Ask {
  asked: Asked;
  realm: Realm;
  issuer: string;
}

const refuse = (status: number, error: string): Answer => ({ status, json: { error } });

/** Discovery, keys, the authorisation code flow with PKCE, and the password grant, of each realm. */
export async function signOn(realms: Realms): Promise<Handler> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
  const published = { ...(await exportJWK(publicKey)), kid: 'one', alg: ALGORITHM, use: 'sig' };
  const keys: Keys = { sign: privateKey, published };
  return (asked) => {
    const [root, name, ...rest] = asked.path;
    if (root !== 'realms') return undefined;
    const realm = realms.find(name);
    if (realm === undefined) return refuse(404, 'Realm does not exist');
    return answerIn({ asked, realm, issuer: `${asked.origin}/realms/${realm.name}` }, rest.join('/'), keys);
  };
}

function answerIn(ask: Ask, place: string, keys: Keys): Answer | undefined | Promise<Answer> {
  switch (`${ask.asked.method} ${place}`) {
    case 'GET ':
      return { status: 200, json: { realm: ask.realm.name } };
    case 'GET .well-known/openid-configuration':
      return { status: 200, json: discovery(ask.issuer) };
    case `GET ${PROTOCOL}/certs`:
      return { status: 200, json: { keys: [keys.published] } };
    case `GET ${PROTOCOL}/auth`:
      return form(ask);
    case `POST ${PROTOCOL}/auth`:
      return giveCode(ask);
    case `POST ${PROTOCOL}/token`:
      return giveToken(ask, keys);
    default:
      return undefined;
  }
}

function discovery(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/${PROTOCOL}/auth`,
    token_endpoint: `${issuer}/${PROTOCOL}/token`,
    jwks_uri: `${issuer}/${PROTOCOL}/certs`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'password'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [ALGORITHM],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
  };
}

/** A client, and a place that it may be left for; undefined otherwise. */
function returnPlace({ asked, realm }: Ask): string | undefined {
  const { query } = asked;
  const place = query.get('redirect_uri') ?? '';
  if (query.get('client_id') !== realm.client?.id || query.get('response_type') !== 'code') return undefined;
  const fits = (allowed: string): boolean =>
    [place, withoutPort(place)].some((one) =>
      allowed.endsWith('*') ? one.startsWith(allowed.slice(0, -1)) : one === allowed,
    );
  return realm.client?.redirectUris.some(fits) ? place : undefined;
}

/** Of the loopback address any port will do (RFC 8252, section 7.3). */
function withoutPort(place: string): string {
  return place.replace(/^(http:\/\/127\.0\.0\.1):\d+/, '$1');
}

function form(ask: Ask): Answer {
  if (returnPlace(ask) === undefined) return refuse(400, 'invalid_request');
  const action = `${ask.issuer}/${PROTOCOL}/auth?${ask.asked.query}`.replaceAll('&', '&amp;');
  const fields = '<input name="username"><input name="password" type="password"><button>Sign in</button>';
  return { status: 200, html: `<!doctype html><form method="post" action="${action}">${fields}</form>` };
}

function giveCode(ask: Ask): Answer {
  const { asked, realm } = ask;
  const place = returnPlace(ask);
  if (place === undefined) return refuse(400, 'invalid_request');
  if (!isUser(realm.user, asked.form)) return form(ask);
  const challenge = asked.query.get('code_challenge') ?? undefined;
  const code = randomBytes(16).toString('hex');
  realm.grants.set(code, { redirectUri: place, challenge, nonce: asked.query.get('nonce') ?? undefined });
  const back = new URL(place);
  back.searchParams.set('code', code);
  const state = asked.query.get('state');
  if (state !== null) back.searchParams.set('state', state);
  return { status: 302, headers: { location: String(back) } };
}

async function giveToken(ask: Ask, keys: Keys): Promise<Answer> {
  const { asked, realm } = ask;
  const { client, user } = realm;
  if (client === undefined || user === undefined || !isClient(client, asked)) return refuse(401, 'invalid_client');
  if (asked.form.get('grant_type') === 'password')
    return isUser(user, asked.form) ? await tokens(ask, { client, user }, keys) : refuse(401, 'invalid_grant');
  if (asked.form.get('grant_type') !== 'authorization_code') return refuse(400, 'unsupported_grant_type');
  const code = asked.form.get('code') ?? '';
  const grant = realm.grants.get(code);
  realm.grants.delete(code);
  if (grant === undefined || grant.redirectUri !== asked.form.get('redirect_uri')) return refuse(400, 'invalid_grant');
  if (grant.challenge !== challengeOf(asked.form.get('code_verifier'))) return refuse(400, 'invalid_grant');
  return await tokens(ask, { client, user, nonce: grant.nonce }, keys);
}

/** RFC 7636, method S256. */
function challengeOf(verifier: string | null): string | undefined {
  return verifier === null ? undefined : createHash('sha256').update(verifier).digest('base64url');
}

function isClient(client: Client, { form: sent, basic }: Asked): boolean {
  const [id, secret] = basic ?? [sent.get('client_id'), sent.get('client_secret')];
  return id === client.id && secret === client.secret;
}

function isUser(user: User | undefined, sent: URLSearchParams): boolean {
  return user !== undefined && sent.get('username') === user.name && sent.get('password') === user.password;
}

async function tokens(
  { issuer }: Ask,
  { client, user, nonce }: { client: Client; user: User; nonce?: string | undefined },
  { sign }: Keys,
): Promise<Answer> {
  const token = (claims: Record<string, unknown>): Promise<string> =>
    new SignJWT({ preferred_username: user.name, ...claims })
      .setProtectedHeader({ alg: ALGORITHM, kid: 'one' })
      .setIssuer(issuer)
      .setAudience(client.id)
      .setSubject(user.name)
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_SECONDS}s`)
      .sign(sign);
  const [access, identity] = await Promise.all([token({}), token({ email: user.email, ...(nonce && { nonce }) })]);
  const json = { access_token: access, id_token: identity, token_type: 'Bearer', expires_in: TOKEN_SECONDS };
  return { status: 200, json };
}
