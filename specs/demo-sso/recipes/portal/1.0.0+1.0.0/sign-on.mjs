// Signing in by OpenID Connect: state, nonce, PKCE, issuer, audience, times and signature are checked by openid-client.
import { readFileSync } from 'node:fs';
import { jose, openid } from './vendor/libraries.mjs';

const issuer = process.env.OIDC_ISSUER ?? '';
const clientId = process.env.OIDC_CLIENT_ID ?? '';
const TIMEOUT_SECONDS = 10;

export const isConfigured = issuer !== '' && clientId !== '';

/** The provider, or whoever came from there, is not to be trusted with this. Its message holds no secret. */
export class Refused extends Error {}

/** What is said when nobody was there to ask; everything else that fails is a refusal. */
const UNREACHABLE = new Set(['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC']);

let discovered;

/** The provider as it describes itself; asked again until it has answered once. */
function provider() {
  discovered ??= discover().catch((error) => {
    discovered = undefined;
    throw error;
  });
  return discovered;
}

async function discover() {
  const secret = readFileSync(process.env.OIDC_SECRET_FILE, 'utf8').replace(/\r?\n$/, '');
  const execute = [openid.enableNonRepudiationChecks];
  if (issuer.startsWith('http:')) execute.push(openid.allowInsecureRequests);
  const options = { execute, timeout: TIMEOUT_SECONDS };
  const config = await openid.discovery(new URL(issuer), clientId, undefined, openid.ClientSecretPost(secret), options);
  return { config, keys: jose.createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri)) };
}

const callback = (publicUrl) => new URL('/callback', publicUrl);

/** Where to send a browser that wants to sign in, and what to remember of it until it comes back. */
export async function begin(publicUrl) {
  const { config } = await asked(provider());
  const attempt = {
    state: openid.randomState(),
    nonce: openid.randomNonce(),
    verifier: openid.randomPKCECodeVerifier(),
  };
  const place = openid.buildAuthorizationUrl(config, {
    redirect_uri: callback(publicUrl).href,
    scope: 'openid profile email',
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
  });
  return { place: place.href, attempt };
}

/** Who came back. */
export async function end(publicUrl, { state, nonce, verifier }, search) {
  const { config } = await asked(provider());
  const current = callback(publicUrl);
  current.search = search;
  // With a nonce an identity token is demanded.
  const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier };
  const tokens = await asked(openid.authorizationCodeGrant(config, current, checks));
  return personIn(tokens.claims());
}

/** Whom an access token stands for. It has to be of the same issuer, and given to this client. */
export async function personOf(token) {
  const { keys } = await asked(provider());
  const { payload } = await asked(jose.jwtVerify(token, keys, { issuer }));
  if (payload.azp !== clientId && ![payload.aud].flat().includes(clientId)) throw new Refused('ANOTHER_CLIENT');
  return personIn(payload);
}

function personIn({ sub, preferred_username: name = sub, email }) {
  return { name, ...(email && { email }) };
}

async function asked(promise) {
  try {
    return await promise;
  } catch (error) {
    const code = error.code ?? error.cause?.code ?? error.name;
    if (error instanceof TypeError || UNREACHABLE.has(code)) throw new Error(code);
    throw new Refused(error.error ? `${code} (${error.error})` : code);
  }
}
