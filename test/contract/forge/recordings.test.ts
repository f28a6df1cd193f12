import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { ADMIN, GiteaDouble } from '../../doubles/gitea/gitea-double.ts';
import { Counterpart, latestTime, type RecordedCall, recordedCalls, recordedDeliveries } from './recording.ts';

const SECRET = 'hook-secret';

/** Whose token a call had, which the recordings do not say; the rest is of the administrator up to the tokens, then of the bot. */
const CALLERS: readonly (readonly [RegExp, string])[] = [
  [/^token-(?!admin)/, 'password'],
  [/^token-admin$/, 'admin password'],
  [/^(?:review-comment|protect)$/, 'admin'],
  [/^(?:fork|commit-fork|pr-fork|comment-outsider|edit-comment)$/, 'outsider'],
  [/^(?:commit-feature|pr-member|comment-member|comment-quick|issue|comment-on-plain-issue|push-more)$/, 'member'],
  [/^status-readonly-token$/, 'reader'],
  [/-anonymous$/, 'nobody'],
  [/^bad-token$/, 'wrong'],
];

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

describe('the double of Gitea and what a real one was recorded to say', () => {
  const calls = recordedCalls();
  let nowMs = 0;
  let double: GiteaDouble;
  let listener: Server;
  let counterpart: Counterpart;
  const received: Received[] = [];
  const tokens = new Map<string, string>();

  before(async () => {
    nowMs = latestTime(calls[1]?.body) - 3000;
    double = await GiteaDouble.start({ now: () => nowMs });
    listener = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
        response.end();
      })();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    counterpart = new Counterpart({
      'https://forge.example.org': double.url,
      'https://ci.example.org/hook': `http://127.0.0.1:${port}/hook`,
    });
  });
  after(async () => {
    await double?.stop();
    await new Promise((resolve) => listener?.close(resolve));
  });

  const authorization = (name: string, index: number, path: string): string | undefined => {
    const caller = CALLERS.find(([pattern]) => pattern.test(name))?.[1] ?? (index < 13 ? 'admin' : 'bot');
    if (caller === 'nobody') return undefined;
    if (caller === 'wrong') return 'token 0123456789';
    if (!caller.endsWith('password')) return `token ${tokens.get(caller)}`;
    const login = path.split('/')[4] ?? '';
    const password = login === ADMIN.login ? ADMIN.password : `pw-${login}-12345`;
    return `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
  };

  const ask = async ({ name, request }: RecordedCall, index: number): Promise<Response> => {
    const { method, path, body } = request;
    const credentials = authorization(name, index, path);
    return await fetch(`${double.url}${counterpart.here(path)}`, {
      method,
      headers: { 'content-type': 'application/json', ...(credentials && { authorization: credentials }) },
      ...(body === null ? {} : { body: counterpart.here(JSON.stringify(body)) }),
    });
  };

  const keepToken = ({ name, request }: RecordedCall, body: unknown): void => {
    if (!name.startsWith('token-')) return;
    const { sha1, scopes } = body as { sha1: string; scopes: string[] };
    const owner = request.path.split('/')[4] ?? '';
    tokens.set(scopes.includes('read:repository') ? 'reader' : owner, sha1);
  };

  for (const [index, call] of calls.entries()) {
    it(`${index + 1}: ${call.name} ${call.request.method} ${call.request.path}`, async () => {
      nowMs = Math.max(nowMs, latestTime(call.body));
      const answer = await ask(call, index);
      const text = await answer.text();
      const body: unknown = text === '' ? null : JSON.parse(text);
      keepToken(call, body);
      expect(counterpart.differences(call.body, body)).to.deep.equal([]);
      expect(answer.status).to.equal(call.status);
      for (const name of ['Content-Type', 'X-Total-Count'])
        expect(answer.headers.get(name), name).to.equal(call.headers[name] ?? null);
    });
  }

  it('answered all 87 calls', () => {
    expect(double.calls).to.have.length(87);
  });

  for (const [index, delivery] of recordedDeliveries().entries()) {
    const { 'X-Gitea-Event-Type': type } = delivery.headers;
    it(`delivery ${index + 1}: ${type}`, async () => {
      await double.sent();
      const { headers, body } = received[index] as Received;
      expect(counterpart.differences(delivery.body, JSON.parse(body))).to.deep.equal([]);
      const named = Object.entries(delivery.headers).filter(([name]) => !/Delivery|Signature/.test(name));
      for (const [name, value] of named) expect(headers[name.toLowerCase()], name).to.equal(value);
      expect(headers['x-gitea-delivery']).to.match(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(headers['x-gitea-signature']).to.equal(createHmac('sha256', SECRET).update(body).digest('hex'));
    });
  }

  it('sent all 15 deliveries', () => {
    expect(received).to.have.length(15);
  });
});
