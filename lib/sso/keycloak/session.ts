import KeycloakAdminClient, { NetworkError } from '@keycloak/keycloak-admin-client';
import { isRecord } from '../../api/objects.ts';
import { readAdminPassword } from '../admin-password.ts';
import { type Asked, exchangeFault, misconfigured, statusFault, unreachable } from '../faults.ts';
import type { SsoSite } from '../provider.ts';
import { siteUrl } from '../site-exchange.ts';
import { openTransport } from './transport.ts';

type Call<T> = (client: KeycloakAdminClient) => Promise<T>;

/** Signs the admin in, lets `work` call, and ends every connection. @throws CcError as `SsoProvider` says. */
export async function withSession<T>(
  site: SsoSite,
  signal: AbortSignal,
  work: (session: KeycloakSession) => Promise<T>,
): Promise<T> {
  const baseUrl = siteUrl(site);
  const transport = openTransport(site, signal);
  try {
    const client = new KeycloakAdminClient({ baseUrl, requestOptions: transport.options });
    const session = new KeycloakSession(client, site);
    await session.signIn();
    return await work(session);
  } finally {
    await transport.close();
  }
}

/** The admin API, for the time of one call to the provider. */
export class KeycloakSession {
  readonly #client: KeycloakAdminClient;
  readonly #site: SsoSite;
  #token = '';

  constructor(client: KeycloakAdminClient, site: SsoSite) {
    this.#client = client;
    this.#site = site;
    client.registerTokenProvider({ getAccessToken: async () => this.#token });
  }

  /** Gets a token by the admin's password, which is read anew. */
  async signIn(): Promise<void> {
    const { adminUser: username, adminPasswordFile: file } = this.#site;
    const asked = `signing in as ${username} at ${this.#site.url}`;
    const password = await readAdminPassword(file);
    try {
      await this.#client.auth({ grantType: 'password', clientId: 'admin-cli', username, password });
    } catch (error) {
      if (isRefusal(error))
        throw misconfigured(asked, `the password of ${file} is refused`, 'See provides.sso: admin and secret.');
      throw this.#fault(asked, error);
    }
    const { accessToken } = this.#client;
    if (typeof accessToken !== 'string' || accessToken === '') throw unreachable(asked, 'the answer holds no token');
    this.#token = accessToken;
  }

  /** One call. A token that is not taken any more is renewed once. @throws CcError as `SsoProvider` says. */
  async call<T>(asked: Asked, work: Call<T>): Promise<T> {
    return await this.#renewing(work).catch((error: unknown) => {
      // Somebody answered here a moment ago: the URL is right.
      if (statusOf(error) === 404) throw unreachable(asked, 'answered 404');
      throw this.#fault(asked, error);
    });
  }

  /** {@link call}; undefined where Keycloak itself, and not somebody on the way, says that it is not there. */
  async find<T>(asked: Asked, work: Call<T>): Promise<T | undefined> {
    return await this.call(asked, (client) =>
      work(client).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      }),
    );
  }

  async #renewing<T>(work: Call<T>): Promise<T> {
    try {
      return await work(this.#client);
    } catch (error) {
      if (statusOf(error) !== 401) throw error;
      await this.signIn();
      return await work(this.#client);
    }
  }

  #fault(asked: Asked, error: unknown): unknown {
    const status = statusOf(error);
    return status === undefined ? exchangeFault(asked, error, new URL(this.#site.url)) : statusFault(asked, status);
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof NetworkError ? error.response.status : undefined;
}

/** A wrong password is 401 up to 26.4 and 400 from 26.7 on. */
function isRefusal(error: unknown): boolean {
  const status = statusOf(error);
  return status === 401 || (status === 400 && saidBy(error) === 'invalid_grant');
}

function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 && saidBy(error) !== undefined;
}

/** The field `error` of what Keycloak answers to a request that failed. */
function saidBy(error: unknown): string | undefined {
  const data: unknown = error instanceof NetworkError ? error.responseData : undefined;
  return isRecord(data) && typeof data.error === 'string' ? data.error : undefined;
}
