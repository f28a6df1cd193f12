import { serve } from './http.ts';
import { keycloakAdmin } from './keycloak-admin.ts';
import { ownAdmin } from './own-admin.ts';
import { Realms } from './realms.ts';
import { signOn } from './sign-on.ts';

export interface OidcDoubleOptions {
  adminUser?: string;
  adminPassword: string;
  /** Keeps the realms over a restart; default: none does. */
  file?: string;
}

/** A small sign-on provider on 127.0.0.1. It speaks OpenID Connect; it is administered by an API of its own, or as a Keycloak. */
export class OidcDouble {
  readonly realms: Realms;
  readonly port: number;
  readonly #close: () => Promise<void>;

  private constructor(realms: Realms, { port, close }: { port: number; close: () => Promise<void> }) {
    this.realms = realms;
    this.port = port;
    this.#close = close;
  }

  static async start({ adminUser = 'admin', adminPassword, file }: OidcDoubleOptions): Promise<OidcDouble> {
    const realms = new Realms({ user: adminUser, password: adminPassword }, file);
    const handlers = [ownAdmin(realms), keycloakAdmin(realms), await signOn(realms)];
    return new OidcDouble(realms, await serve(handlers));
  }

  async stop(): Promise<void> {
    await this.#close();
  }
}
