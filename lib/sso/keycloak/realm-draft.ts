import type RealmRepresentation from '@keycloak/keycloak-admin-client/lib/defs/realmRepresentation.js';
import { mailOf, returnsTo } from '../account.ts';
import { marksOf } from '../ownership.ts';
import type { SsoClaim, SsoCredentials } from '../provider.ts';

/** Short, so that a test of a run sees a token expire. */
const TOKEN_SECONDS = 60;

type Client = NonNullable<RealmRepresentation['clients']>[number];
type User = NonNullable<RealmRepresentation['users']>[number];

/**
 * A realm whole, with its marks, client and user: Keycloak creates it in one transaction, so that there is never half of
 * one. Pure. @throws CcError `Misconfigured` for an app's URL that is none.
 */
export function draftRealm(claim: SsoClaim, credentials: SsoCredentials, instance: string): RealmRepresentation {
  return {
    realm: claim.realm,
    displayName: claim.realm,
    enabled: true,
    attributes: marksOf(claim, instance),
    accessTokenLifespan: TOKEN_SECONDS,
    // What an app is reached by is not ours to judge: a provider without TLS has decided.
    sslRequired: credentials.url.startsWith('https:') ? 'external' : 'none',
    registrationAllowed: false,
    clients: [clientOf(claim, credentials)],
    users: [userOf(credentials)],
  };
}

/** PKCE is checked for an app that uses it, and not demanded: many apps that sign in by a secret do not. */
function clientOf(claim: SsoClaim, { clientId, clientSecret }: SsoCredentials): Client {
  const { origin, redirectUris } = returnsTo(claim);
  return {
    clientId,
    secret: clientSecret,
    enabled: true,
    protocol: 'openid-connect',
    publicClient: false,
    clientAuthenticatorType: 'client-secret',
    standardFlowEnabled: true,
    directAccessGrantsEnabled: true,
    implicitFlowEnabled: false,
    serviceAccountsEnabled: false,
    redirectUris,
    webOrigins: [origin],
    attributes: { 'post.logout.redirect.uris': '+' },
  };
}

/** First and last name are part of a complete profile: without them Keycloak refuses the password grant. */
function userOf({ user, password }: SsoCredentials): User {
  return {
    username: user,
    email: mailOf(user),
    emailVerified: true,
    firstName: 'Test',
    lastName: 'User',
    enabled: true,
    requiredActions: [],
    credentials: [{ type: 'password', value: password, temporary: false }],
  };
}
