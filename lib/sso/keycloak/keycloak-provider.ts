import { isRecord } from '../../api/objects.ts';
import { hasCode } from '../../errors.ts';
import { draftCredentials, randomSecret } from '../account.ts';
import { bounded } from '../bounded.ts';
import { conflict, unreachable } from '../faults.ts';
import { isSameRealm, ownerBy } from '../ownership.ts';
import type {
  SsoClaim,
  SsoCredentials,
  SsoProvider,
  SsoProviderOptions,
  SsoRealm,
  SsoRemoval,
  SsoSite,
} from '../provider.ts';
import { checkedRealm, isRealmName } from '../realm-name.ts';
import { verifySignOn } from '../sign-on.ts';
import { askSite, siteUrl } from '../site-exchange.ts';
import { draftRealm } from './realm-draft.ts';
import { type KeycloakSession, withSession } from './session.ts';

/** Creating a realm takes half a second, just after a start six times that. */
const CALL_MS = 30_000;
const READY_MS = 5_000;

/** What stands at a name: nothing, a realm of ours, or one of somebody else. */
type Found = 'Absent' | 'Foreign' | SsoRealm;

export interface KeycloakOptions extends SsoProviderOptions {
  secret?: () => string;
  deadlines?: { callMs: number; readyMs: number };
}

/** Keycloak, by its admin API: 26.0 to 26.7 tried. Keeps nothing between two calls. */
export class KeycloakProvider implements SsoProvider {
  readonly #instance: string;
  readonly #secret: () => string;
  readonly #deadlines: { callMs: number; readyMs: number };

  constructor({ instance, secret = randomSecret, deadlines }: KeycloakOptions) {
    this.#instance = instance;
    this.#secret = secret;
    this.#deadlines = deadlines ?? { callMs: CALL_MS, readyMs: READY_MS };
  }

  /** Asks for the public document of the master realm: the health port is hardly ever routed. */
  async isReady(site: SsoSite, signal: AbortSignal): Promise<boolean> {
    const asked = `looking whether ${site.url} is ready`;
    const bounds = { asked, signal, deadlineMs: this.#deadlines.readyMs };
    try {
      const url = new URL(`${siteUrl(site)}/realms/master`);
      const { status, json } = await bounded(bounds, (inner) => askSite(site, { asked, url, signal: inner }));
      return status === 200 && json?.realm === 'master';
    } catch (error) {
      if (hasCode(error, 'Aborted')) throw error;
      return false;
    }
  }

  async create(site: SsoSite, claim: SsoClaim, signal: AbortSignal): Promise<SsoCredentials> {
    const realm = checkedRealm(claim.realm);
    const asked = `creating realm ${realm} at ${site.url}`;
    const url = siteUrl(site);
    const credentials = draftCredentials(claim, { url, issuer: `${url}/realms/${realm}` }, this.#secret);
    const draft = draftRealm(claim, credentials, this.#instance);
    return await this.#session(site, { asked, signal }, async (session) => {
      if ((await this.#removeOwn(session, claim, asked)) === 'NotOurs') throw conflict(asked, 'the name is taken');
      await session.call(asked, ({ realms }) => realms.create(draft));
      return credentials;
    });
  }

  async verify(site: SsoSite, credentials: SsoCredentials, signal: AbortSignal): Promise<void> {
    const asked = `verifying realm ${credentials.realm} at ${site.url}`;
    const bounds = { asked, signal, deadlineMs: this.#deadlines.callMs };
    await bounded(bounds, (inner) => verifySignOn(site, credentials, inner));
  }

  async remove(site: SsoSite, realm: SsoRealm, signal: AbortSignal): Promise<SsoRemoval> {
    const asked = `removing realm ${checkedRealm(realm.realm)} at ${site.url}`;
    return await this.#session(site, { asked, signal }, (session) => this.#removeOwn(session, realm, asked));
  }

  async list(site: SsoSite, signal: AbortSignal): Promise<SsoRealm[]> {
    const found = await this.#lookAtAll(site, signal);
    return [...found.values()].filter((one) => one !== 'Absent' && one !== 'Foreign');
  }

  async listAlike(site: SsoSite, signal: AbortSignal): Promise<string[]> {
    const found = await this.#lookAtAll(site, signal);
    return [...found].filter(([, one]) => one === 'Foreign').map(([name]) => name);
  }

  /** What stands at each name that could be ours, in their order. */
  async #lookAtAll(site: SsoSite, signal: AbortSignal): Promise<Map<string, Found>> {
    const asked = `listing realms at ${site.url}`;
    return await this.#session(site, { asked, signal }, async (session) => {
      const brief = await session.call(asked, ({ realms }) => realms.find({ briefRepresentation: true }));
      const found = new Map<string, Found>();
      for (const name of namesIn(brief, asked)) found.set(name, await this.#look(session, name, asked));
      return found;
    });
  }

  async #removeOwn(session: KeycloakSession, wanted: SsoRealm, asked: string): Promise<SsoRemoval> {
    const { realm } = wanted;
    const found = await this.#look(session, realm, asked);
    if (found === 'Absent') return found;
    if (found === 'Foreign' || !isSameRealm(found, wanted)) return 'NotOurs';
    await session.find(asked, ({ realms }) => realms.del({ realm }));
    // Somebody on the way may have answered.
    if ((await this.#look(session, realm, asked)) !== 'Absent') throw unreachable(asked, 'it is still there');
    return 'Removed';
  }

  async #look(session: KeycloakSession, realm: string, asked: string): Promise<Found> {
    const found: unknown = await session.find(asked, ({ realms }) =>
      realms.findOne({ realm }, { catchNotFound: false }),
    );
    if (found === undefined) return 'Absent';
    if (!isRecord(found) || found.realm !== realm) throw unreachable(asked, 'the answer is not the realm');
    return ownerBy(found.attributes, realm, this.#instance) ?? 'Foreign';
  }

  async #session<T>(
    site: SsoSite,
    { asked, signal }: { asked: string; signal: AbortSignal },
    work: (session: KeycloakSession) => Promise<T>,
  ): Promise<T> {
    const bounds = { asked, signal, deadlineMs: this.#deadlines.callMs };
    return await bounded(bounds, (inner) => withSession(site, inner, work));
  }
}

/** Names in a list of realms that could be ours, sorted. @throws CcError `Unreachable` for anything but a list of realms. */
function namesIn(list: unknown, asked: string): string[] {
  const names = (Array.isArray(list) ? list : [undefined]).map((one: unknown) =>
    isRecord(one) ? one.realm : undefined,
  );
  if (!names.every((name) => typeof name === 'string')) throw unreachable(asked, 'the answer is no list of realms');
  return names.filter(isRealmName).sort();
}
