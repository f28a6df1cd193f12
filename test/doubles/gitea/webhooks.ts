import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import type { Hook, State } from './state.ts';
import type { Sending } from './world.ts';

/** What was sent, or would have been if somebody had listened. */
export interface Delivery {
  url: string;
  headers: Record<string, string>;
  /** The raw body, which is signed. */
  body: string;
  /** Of the answer; undefined: there was none. */
  status: number | undefined;
}

/** What a hook is asked for stands for more than itself, as in the recordings. */
const STANDS_FOR: Readonly<Record<string, readonly string[]>> = {
  pull_request: [
    'pull_request_assign',
    'pull_request_label',
    'pull_request_review',
    'pull_request_review_request',
    'pull_request',
    'pull_request_milestone',
    'pull_request_comment',
    'pull_request_sync',
  ],
};

/** Events of a hook as the forge keeps them. */
export function wantedEvents(asked: readonly string[]): string[] {
  const wanted = ['pull_request', 'push', 'issue_comment', 'issues', 'create', 'delete', 'fork', 'release'];
  const kept = wanted.filter((one) => asked.includes(one)).flatMap((one) => STANDS_FOR[one] ?? [one]);
  return [...kept, ...asked.filter((one) => !kept.includes(one))];
}

/** Sends events to the hooks of repositories, one after the other, in the background. */
export class Webhooks {
  readonly deliveries: Delivery[] = [];
  readonly #state: State;
  #last: Promise<void> = Promise.resolve();

  constructor(state: State) {
    this.#state = state;
  }

  send(repository: number, { event, type, body }: Sending): void {
    const hooks = this.#state.repositories.find(({ id }) => id === repository)?.hooks ?? [];
    const text = JSON.stringify(body, undefined, 2);
    for (const hook of hooks.filter(({ active, events }) => active && events.includes(eventOf(type)))) {
      const delivery = {
        url: hook.url,
        headers: headersOf(hook, { event, type }, text),
        body: text,
        status: undefined,
      };
      this.deliveries.push(delivery);
      this.#last = this.#last.then(() => deliver(delivery));
    }
  }

  /** Once everything that happened was sent. */
  async sent(): Promise<void> {
    await this.#last;
  }
}

/** What a hook has to want for an event of this type. */
function eventOf(type: string): string {
  return /^pull_request_review_(?!request)/.test(type) ? 'pull_request_review' : type;
}

function headersOf({ secret }: Hook, { event, type }: Omit<Sending, 'body'>, body: string): Record<string, string> {
  return {
    'User-Agent': 'Go-http-client/1.1',
    'Content-Type': 'application/json',
    'X-Gitea-Delivery': randomUUID(),
    'X-Gitea-Event': event,
    'X-Gitea-Event-Type': type,
    'X-Gitea-Hook-Installation-Target-Type': 'repository',
    'X-Gitea-Signature': createHmac('sha256', secret).update(body).digest('hex'),
  };
}

/** Never fails: a forge does not mind a hook that nobody answers. */
async function deliver(delivery: Delivery): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { url, headers, body } = delivery;
  const sent = request(url, { method: 'POST', agent: false, headers }, (response) => {
    delivery.status = response.statusCode;
    response.on('error', () => {}).on('close', resolve);
    response.resume();
  });
  sent.on('error', () => resolve());
  sent.end(body);
  await promise;
}
