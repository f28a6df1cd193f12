import type { DefaultedSsoProvider, DefaultedWarmServiceSpec } from '../api/generated/defaulted.ts';
import { present } from '../api/objects.ts';
import { AppHome } from '../app/app-home.ts';
import { type AppConnection, appUrl, connectionTo } from '../checks/app-connection.ts';
import { joinInside } from '../fs/join-inside.ts';
import type { AppObservation, Platform } from '../platform/platform.ts';
import type { SsoProvider, SsoSite } from './provider.ts';

export type SsoType = DefaultedSsoProvider['type'];

/** The adapter of a kind of provider; loaded when it is first asked for. */
export type SsoProviders = (type: SsoType) => Promise<SsoProvider>;

/** An app that gives sign-on: all that finding it takes, whatever becomes of the object that it belongs to. */
export interface ProviderApp extends DefaultedSsoProvider {
  domain: string;
  /** `app.url`, where its spec has one. */
  url?: string;
}

/** The provider that an app of such a spec is at a domain; undefined where it is none. Pure. */
export function providerApp(
  { provides, app }: Pick<DefaultedWarmServiceSpec, 'provides' | 'app'>,
  domain: string,
): ProviderApp | undefined {
  return provides?.sso && { ...provides.sso, domain, ...present({ url: app.url }) };
}

export interface SiteServices {
  platform: Pick<Platform, 'observe'>;
  settings: { stateDirectory: string; connection: AppConnection };
}

/**
 * Where the provider answers now, with the file of its admin's password: the one that it was deployed with. Undefined
 * where it is not deployed, or nobody knows where it answers. @throws CcError as `Platform.observe`; `Misconfigured` for
 * an `app.url` that cannot be filled in.
 */
export async function siteOf(
  services: SiteServices,
  provider: ProviderApp,
  signal: AbortSignal,
): Promise<SsoSite | undefined> {
  const observation = await services.platform.observe({ domain: provider.domain }, signal);
  return siteIn(services, provider, observation);
}

/** {@link siteOf} an app that was looked at. Pure. */
export function siteIn(
  { settings }: Pick<SiteServices, 'settings'>,
  { domain, url: template, adminUser, adminPasswordSecret }: ProviderApp,
  { deployed, endpoints, url: platformUrl }: AppObservation,
): SsoSite | undefined {
  const url = deployed ? appUrl(template, { domain, endpoints, ...present({ platformUrl }) }) : undefined;
  if (url === undefined) return undefined;
  const { secretsDirectory } = new AppHome(settings.stateDirectory, domain);
  const adminPasswordFile = joinInside(secretsDirectory, adminPasswordSecret);
  return { url, adminUser, adminPasswordFile, ...connectionTo(url, domain, settings.connection) };
}
