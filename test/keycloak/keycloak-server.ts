import KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { systemClock } from '../../lib/clock.ts';
import type { SsoProvider } from '../../lib/sso/provider.ts';
import { KEYCLOAK_CALLS, keycloakAdapter } from '../contract/sso/double-server.ts';
import { ADMIN, type SsoServer } from '../contract/sso/sso-subject.ts';
import type { KeycloakVersion } from './distribution.ts';
import { KeycloakProcess } from './keycloak-process.ts';

/** Bounds a start that never ends. */
const START_MS = 300_000;
const LOOK_MS = 100;
/** A machine that is busy with other suites gives a Java that has just started little. */
const PATIENT_MS = 120_000;
const never = new AbortController().signal;

/** The real Keycloak under the contract, and the hand of somebody else on it. */
export class KeycloakServer implements SsoServer {
  readonly calls = KEYCLOAK_CALLS;
  readonly process: KeycloakProcess;

  private constructor(process: KeycloakProcess) {
    this.process = process;
  }

  static async spawn(version: KeycloakVersion): Promise<KeycloakServer> {
    return new KeycloakServer(await KeycloakProcess.spawn(version, ADMIN));
  }

  get port(): number {
    return this.process.port;
  }

  adapter(instance: string, callMs = PATIENT_MS): SsoProvider {
    return keycloakAdapter(instance, callMs);
  }

  /** Until the adapter says that it is ready: how often it said that it was not. */
  async ready(): Promise<number> {
    const site = { url: `http://127.0.0.1:${this.port}`, adminUser: '', adminPasswordFile: '' };
    const provider = keycloakAdapter('nobody');
    const started = systemClock.monotonicMs();
    for (let looks = 0; ; looks += 1) {
      if (await provider.isReady(site, never)) return looks;
      const isLate = systemClock.monotonicMs() - started > START_MS;
      if (isLate || this.process.isOver) throw new Error(`Keycloak does not start:\n${this.process.log}`);
      await systemClock.sleep(LOOK_MS);
    }
  }

  async plant(realm: string, attributes: Record<string, string>): Promise<void> {
    await (await this.admin()).realms.create({ realm, attributes });
  }

  async realms(): Promise<string[]> {
    return (await (await this.admin()).realms.find({ briefRepresentation: true })).map(({ realm }) => realm!);
  }

  async clear(): Promise<void> {
    const { realms } = await this.admin();
    for (const { realm = '' } of await realms.find({ briefRepresentation: true }))
      if (realm !== 'master') await realms.del({ realm });
  }

  /** The server is shared: who spawned it ends it. */
  async close(): Promise<void> {}

  /** Signed in a moment ago: its token lives long enough for a few calls. */
  async admin(): Promise<KeycloakAdminClient> {
    const requestOptions = { headers: { connection: 'close' } };
    const client = new KeycloakAdminClient({ baseUrl: `http://127.0.0.1:${this.port}`, requestOptions });
    const { user: username, password } = ADMIN;
    await client.auth({ grantType: 'password', clientId: 'admin-cli', username, password });
    return client;
  }
}
