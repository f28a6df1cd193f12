import { isRecord } from '../../../lib/api/objects.ts';
import type { Answer, Asked, Handler } from './http.ts';
import type { RealmDraft, Realms } from './realms.ts';

const refuse = (status: number, error: string): Answer => ({ status, json: { error } });

/**
 * As much of Keycloak's admin API as its adapter uses, answering as 26.7 does; the suite that it is tried by runs over
 * the real one too.
 */
export function keycloakAdmin(realms: Realms): Handler {
  return (asked) => {
    const place = asked.path.join('/');
    if (place === 'realms/master/protocol/openid-connect/token') return giveToken(realms, asked);
    if (!place.startsWith('admin/realms')) return undefined;
    if (!realms.isAdmin(asked.bearer?.split('.')[2])) return refuse(401, 'HTTP 401 Unauthorized');
    return asked.path.length === 2 ? onAll(realms, asked) : onOne(realms, asked);
  };
}

/** Looks like a signed token: the client reads the middle part. */
function giveToken(realms: Realms, { form }: Asked): Answer {
  const token = realms.signIn(form.get('username'), form.get('password'));
  if (token === undefined)
    return { status: 400, json: { error: 'invalid_grant', error_description: 'Invalid user credentials' } };
  const part = Buffer.from('{}').toString('base64url');
  return { status: 200, json: { access_token: `${part}.${part}.${token}`, token_type: 'Bearer', expires_in: 60 } };
}

function onAll(realms: Realms, asked: Asked): Answer | undefined {
  if (asked.method === 'GET') return { status: 200, json: realms.names().map((realm) => ({ realm, enabled: true })) };
  if (asked.method !== 'POST') return undefined;
  const draft = draftOf(asked.json);
  if (draft === undefined) return { status: 400, json: { errorMessage: 'Realm name cannot be empty' } };
  if (!realms.create(draft)) return { status: 409, json: { errorMessage: 'Conflict detected. See logs for details' } };
  return { status: 201, headers: { location: `${asked.origin}/admin/realms/${draft.name}` } };
}

function onOne(realms: Realms, { method, path }: Asked): Answer | undefined {
  const realm = realms.find(path[2]);
  if (realm === undefined || path.length > 3) return refuse(404, 'Realm not found.');
  if (method === 'GET')
    return { status: 200, json: { realm: realm.name, enabled: true, attributes: realm.attributes } };
  if (method !== 'DELETE') return undefined;
  realms.remove(realm.name);
  return { status: 204 };
}

interface Sent {
  clients?: { clientId: string; secret: string; redirectUris: string[] }[];
  users?: { username: string; email: string; credentials: { value: string }[] }[];
}

function draftOf(json: unknown): RealmDraft | undefined {
  if (!isRecord(json) || typeof json.realm !== 'string' || json.realm === '') return undefined;
  const { clients: [client] = [], users: [user] = [] } = json as Sent;
  return {
    name: json.realm,
    attributes: (json.attributes ?? {}) as Record<string, string>,
    client: client && { id: client.clientId, secret: client.secret, redirectUris: client.redirectUris },
    user: user && { name: user.username, password: user.credentials[0]?.value ?? '', email: user.email },
  };
}
