import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Webhook } from '../../../controllers/trigger/webhook.ts';
import { hasCode } from '../../../lib/errors.ts';
import { webhookSignatureOf } from '../../../lib/forge/webhook-signature.ts';
import { silentLog } from '../../../lib/log.ts';

const SECRET = 'of the hook';
const BODY = JSON.stringify({ action: 'created', repository: { full_name: 'recipes/notes' } });

describe('the webhook', () => {
  let directory: string;
  let webhook: Webhook;
  let url: string;
  let woken: string[];
  let strangers: string[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-hook-'));
    await writeFile(join(directory, 'secret'), `${SECRET}\n`);
    [woken, strangers] = [[], []];
    webhook = hookOn(0);
    const { host, port } = await webhook.start();
    url = `http://${host}:${port}/hook`;
  });
  afterEach(async () => {
    await webhook.stop();
    await rm(directory, { recursive: true, force: true });
  });

  function hookOn(port: number): Webhook {
    return new Webhook({
      listen: { host: '127.0.0.1', port },
      secretFile: join(directory, 'secret'),
      log: silentLog,
      wake: (repository) => {
        if (repository === 'recipes/other') return false;
        woken.push(repository);
        return true;
      },
      stranger: (repository) => void strangers.push(repository),
    });
  }

  async function send(body: string, headers: Record<string, string> = {}): Promise<number> {
    const signed = {
      'x-gitea-signature': webhookSignatureOf(Buffer.from(body), SECRET),
      'x-gitea-event': 'issue_comment',
    };
    const response = await fetch(url, { method: 'POST', body, headers: { ...signed, ...headers } });
    await response.text();
    return response.status;
  }

  it('wakes the poller of the repository, and does nothing else', async () => {
    expect(await send(BODY)).to.equal(202);
    expect(await send(BODY, { 'x-gitea-event': 'pull_request' })).to.equal(202);
    expect(await send(BODY, { 'x-gitea-event': 'pull_request_comment' })).to.equal(202);
    expect(woken).to.deep.equal(['recipes/notes', 'recipes/notes', 'recipes/notes']);
  });

  it('takes the signature of Forgejo', async () => {
    const signature = webhookSignatureOf(Buffer.from(BODY), SECRET);
    expect(await send(BODY, { 'x-gitea-signature': '', 'x-forgejo-signature': signature })).to.equal(202);
    expect(woken).to.have.length(1);
  });

  it('does nothing for a delivery that is not signed with its secret, and takes a new secret at once', async () => {
    expect(await send(BODY, { 'x-gitea-signature': webhookSignatureOf(Buffer.from(BODY), 'other') })).to.equal(401);
    expect(await send(BODY, { 'x-gitea-signature': '' })).to.equal(401);
    await writeFile(join(directory, 'secret'), 'new');
    expect(await send(BODY)).to.equal(401);
    expect(await send(BODY, { 'x-gitea-signature': webhookSignatureOf(Buffer.from(BODY), 'new') })).to.equal(202);
    expect(woken).to.have.length(1);
  });

  it('says of a repository that nobody enrolled that it is none', async () => {
    expect(await send(JSON.stringify({ repository: { full_name: 'recipes/other' } }))).to.equal(202);
    expect([woken, strangers]).to.deep.equal([[], ['recipes/other']]);
  });

  it('wakes nobody for other events, for what is no JSON, or names no repository', async () => {
    expect(await send(BODY, { 'x-gitea-event': 'fork' })).to.equal(202);
    for (const body of ['{', 'null', '[]', '{}', '{"repository":{"full_name":7}}', '{"repository":[]}'])
      expect(await send(body), body).to.equal(400);
    expect([woken, strangers]).to.deep.equal([[], []]);
  });

  it('takes POST alone, and at most a mebibyte', async () => {
    expect((await fetch(url)).status).to.equal(405);
    const long = await send('x'.repeat(2 ** 20 + 1)).catch(() => 413);
    expect(long).to.equal(413);
    expect(await send(BODY)).to.equal(202);
  });

  it('outlives connections that break off or say nonsense', async () => {
    const { hostname, port } = new URL(url);
    for (const text of ['', 'nonsense\r\n\r\n', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf']) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const socket = connect(Number(port), hostname, () => socket.end(text));
      socket.on('close', () => resolve()).on('error', () => {});
      socket.resume();
      await promise;
    }
    expect(await send(BODY)).to.equal(202);
  });

  it('names the setting where nobody can listen there', async () => {
    const second = hookOn(Number(new URL(url).port));
    const error = await second.start().catch((fault: unknown) => fault);
    expect(hasCode(error, 'InvalidInput')).to.equal(true);
    expect((error as Error).message).to.match(
      /^forge\.webhook\.listen: cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)$/,
    );
  });
});
