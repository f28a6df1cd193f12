import { isRecord } from '../../../lib/api/objects.ts';
import { hasCode } from '../../../lib/errors.ts';
import { draftCredentials, mailOf, randomSecret, returnsTo } from '../../../lib/sso/account.ts';
import { readAdminPassword } from '../../../lib/sso/admin-password.ts';
import { bounded } from '../../../lib/sso/bounded.ts';
import { conflict, misconfigured, statusFault, unreachable } from '../../../lib/sso/faults.ts';
import { isSameRealm, marksOf, ownerBy } from '../../../lib/sso/ownership.ts';
import type {
  SsoClaim,
  SsoCredentials,
  SsoProvider,
  SsoRealm,
  SsoRemoval,
  SsoSite,
} from '../../../lib/sso/provider.ts';
import { checkedRealm, isRealmName } from '../../../lib/sso/realm-name.ts';
import { verifySignOn } from '../../../lib/sso/sign-on.ts';
import { askSite, bodyOf, type SiteAnswer, siteUrl } from '../../../lib/sso/site-exchange.ts';

/** Calls of one signed-in admin. */
type Session = (verb: string, form: Record<string, string>) => Promise<Record<string, unknown>>;

interface Call {
  asked: string;
  signal: AbortSignal;
}

/** The second kind of provider: what another one costs. */
export class DoubleProvider implements SsoProvider {
  readonly #instance: string;
  readonly #callMs: number;

  constructor({ instance, callMs = 30_000 }: { instance: string; callMs?: number }) {
    this.#instance = instance;
    this.#callMs = callMs;
  }

  async isReady(site: SsoSite, signal: AbortSignal): Promise<boolean> {
    const asked = 'looking whether it is ready';
    try {
      const url = new URL(`${siteUrl(site)}/realms/master`);
      const bounds = { asked, signal, deadlineMs: this.#callMs };
      const { status, json } = await bounded(bounds, (inner) => askSite(site, { asked, url, signal: inner }));
      return status === 200 && json?.realm === 'master';
    } catch (error) {
      if (hasCode(error, 'Aborted')) throw error;
      return false;
    }
  }

  async create(site: SsoSite, claim: SsoClaim, signal: AbortSignal): Promise<SsoCredentials> {
    const name = checkedRealm(claim.realm);
    const url = siteUrl(site);
    const made = draftCredentials(claim, { url, issuer: `${url}/realms/${name}` }, randomSecret);
    const client = { id: made.clientId, secret: made.clientSecret, redirectUris: returnsTo(claim).redirectUris };
    const user = { name: made.user, password: made.password, email: mailOf(made.user) };
    const room = JSON.stringify({ attributes: marksOf(claim, this.#instance), client, user });
    return await this.#session(site, { asked: `creating realm ${name}`, signal }, async (session) => {
      if ((await this.#removeOwn(session, claim)) === 'NotOurs') throw conflict(name, 'the name is taken');
      await session('open', { name, room });
      return made;
    });
  }

  async verify(site: SsoSite, credentials: SsoCredentials, signal: AbortSignal): Promise<void> {
    const bounds = { asked: `verifying realm ${credentials.realm}`, signal, deadlineMs: this.#callMs };
    await bounded(bounds, (inner) => verifySignOn(site, credentials, inner));
  }

  async remove(site: SsoSite, realm: SsoRealm, signal: AbortSignal): Promise<SsoRemoval> {
    const asked = `removing realm ${checkedRealm(realm.realm)}`;
    return await this.#session(site, { asked, signal }, (session) => this.#removeOwn(session, realm));
  }

  async list(site: SsoSite, signal: AbortSignal): Promise<SsoRealm[]> {
    const rooms = await this.#rooms(site, signal);
    return rooms.flatMap(({ name, attributes }) => ownerBy(attributes, name, this.#instance) ?? []);
  }

  async listAlike(site: SsoSite, signal: AbortSignal): Promise<string[]> {
    const rooms = await this.#rooms(site, signal);
    return rooms.filter((one) => !ownerBy(one.attributes, one.name, this.#instance)).map(({ name }) => name);
  }

  async #rooms(site: SsoSite, signal: AbortSignal): Promise<{ name: string; attributes: unknown }[]> {
    return await this.#session(site, { asked: 'listing realms', signal }, async (session) => {
      const rooms = roomsIn(await session('list', {})).filter(({ name }) => isRealmName(name));
      return rooms.sort((one, other) => (one.name < other.name ? -1 : 1));
    });
  }

  async #removeOwn(session: Session, wanted: SsoRealm): Promise<SsoRemoval> {
    const [room] = roomsIn(await session('look', { name: wanted.realm }));
    if (room === undefined) return 'Absent';
    const owner = ownerBy(room.attributes, room.name, this.#instance);
    if (owner === undefined || !isSameRealm(owner, wanted)) return 'NotOurs';
    const { closed } = await session('close', { name: wanted.realm });
    if (closed !== true) throw unreachable(wanted.realm, 'it may still be there');
    return 'Removed';
  }

  async #session<T>(site: SsoSite, { asked, signal }: Call, work: (session: Session) => Promise<T>): Promise<T> {
    return await bounded({ asked, signal, deadlineMs: this.#callMs }, async (inner) => {
      const call = { asked, signal: inner };
      let token = await signIn(site, call);
      return await work(async (verb, form) => {
        let answer = await post(site, call, verb, { ...form, token });
        if (answer.status === 401) {
          token = await signIn(site, call);
          answer = await post(site, call, verb, { ...form, token });
        }
        if (answer.status === 404) throw unreachable(asked, 'answered 404');
        return accepted(asked, answer);
      });
    });
  }
}

async function signIn(site: SsoSite, call: Call): Promise<string> {
  const password = await readAdminPassword(site.adminPasswordFile);
  const answer = await post(site, call, 'sign-in', { user: site.adminUser, password });
  if (answer.status === 403) throw misconfigured(call.asked, 'the password is refused', 'See provides.sso.');
  const { token } = accepted(call.asked, answer);
  if (typeof token !== 'string') throw unreachable(call.asked, 'the answer holds no token');
  return token;
}

async function post(site: SsoSite, call: Call, verb: string, form: Record<string, string>): Promise<SiteAnswer> {
  return await askSite(site, { ...call, url: new URL(`${siteUrl(site)}/rooms/${verb}`), form });
}

function accepted(asked: string, answer: SiteAnswer): Record<string, unknown> {
  if (answer.status !== 200) throw statusFault(asked, answer.status);
  return bodyOf(asked, answer);
}

function roomsIn({ rooms }: Record<string, unknown>): { name: string; attributes: unknown }[] {
  if (!Array.isArray(rooms)) throw unreachable('reading rooms', 'the answer is no list of rooms');
  return rooms.map((room: unknown) => {
    if (!isRecord(room) || typeof room.name !== 'string') throw unreachable('reading rooms', 'one of them has no name');
    return { name: room.name, attributes: room.attributes };
  });
}
