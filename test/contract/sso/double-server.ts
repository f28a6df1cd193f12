import { KeycloakProvider } from '../../../lib/sso/keycloak/keycloak-provider.ts';
import type { SsoProvider } from '../../../lib/sso/provider.ts';
import { DoubleProvider } from '../../doubles/oidc/double-provider.ts';
import { OidcDouble } from '../../doubles/oidc/oidc-double.ts';
import { ADMIN, type SsoCalls, type SsoServer } from './sso-subject.ts';

export const KEYCLOAK_CALLS: SsoCalls = {
  signIn: /^POST \/realms\/master\/protocol\/openid-connect\/token$/,
  create: /^POST \/admin\/realms\/?$/,
  look: /^GET \/admin\/realms\/[^/]+$/,
  remove: /^DELETE \/admin\/realms\/[^/]+$/,
  list: /^GET \/admin\/realms\/?$/,
};

const OWN_CALLS: SsoCalls = {
  signIn: /^POST \/rooms\/sign-in$/,
  create: /^POST \/rooms\/open$/,
  look: /^POST \/rooms\/look$/,
  remove: /^POST \/rooms\/close$/,
  list: /^POST \/rooms\/list$/,
};

/** Keycloak's adapter. A deadline holds for every call. */
export function keycloakAdapter(instance: string, callMs?: number): SsoProvider {
  return new KeycloakProvider({ instance, ...(callMs && { deadlines: { callMs, readyMs: callMs } }) });
}

/** The double, administered as itself. */
export function startDouble(): Promise<SsoServer> {
  const adapter = (instance: string, callMs?: number): SsoProvider =>
    new DoubleProvider({ instance, ...(callMs && { callMs }) });
  return startWith(adapter, OWN_CALLS);
}

/** The double, administered as a Keycloak. */
export function startKeycloakDouble(): Promise<SsoServer> {
  return startWith(keycloakAdapter, KEYCLOAK_CALLS);
}

async function startWith(adapter: SsoServer['adapter'], calls: SsoCalls): Promise<SsoServer> {
  const double = await OidcDouble.start({ adminUser: ADMIN.user, adminPassword: ADMIN.password });
  return {
    port: double.port,
    calls,
    adapter,
    plant: async (name, attributes) => {
      double.realms.create({ name, attributes, client: undefined, user: undefined });
    },
    realms: async () => double.realms.names(),
    clear: async () => {
      for (const name of double.realms.names()) if (name !== 'master') double.realms.remove(name);
    },
    close: () => double.stop(),
  };
}
