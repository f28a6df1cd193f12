import { isRecord } from '../../../lib/api/objects.ts';
import type { Answer, Asked, Handler } from './http.ts';
import type { Realm, RealmDraft, Realms } from './realms.ts';

const refuse = (status: number, error: string): Answer => ({ status, json: { error } });

/** An admin API like no other provider's: every call is a form that is posted to `/rooms/<verb>`. */
export function ownAdmin(realms: Realms): Handler {
  return ({ method, path, form }) => {
    const [root, verb = ''] = path;
    if (root !== 'rooms' || method !== 'POST') return undefined;
    if (verb === 'sign-in') {
      const token = realms.signIn(form.get('user'), form.get('password'));
      return token === undefined ? refuse(403, 'wrong-password') : { status: 200, json: { token } };
    }
    if (!realms.isAdmin(form.get('token'))) return refuse(401, 'who-are-you');
    return act(realms, verb, form);
  };
}

function act(realms: Realms, verb: string, form: Asked['form']): Answer | undefined {
  const name = form.get('name') ?? '';
  switch (verb) {
    case 'open': {
      const draft: unknown = JSON.parse(form.get('room') ?? '{}');
      if (!isRecord(draft)) return refuse(400, 'no-room');
      return realms.create({ ...(draft as unknown as RealmDraft), name })
        ? { status: 200, json: {} }
        : refuse(409, 'taken');
    }
    case 'look':
      return { status: 200, json: { rooms: [realms.find(name)].flatMap((realm) => (realm ? [shown(realm)] : [])) } };
    case 'list':
      return { status: 200, json: { rooms: realms.names().flatMap((one) => shown(realms.find(one)!)) } };
    case 'close':
      return { status: 200, json: { closed: realms.remove(name) } };
    default:
      return undefined;
  }
}

function shown({ name, attributes }: Realm): object {
  return { name, attributes };
}
