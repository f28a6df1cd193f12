import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createRawServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { WebhookSink } from '../../../lib/alerts/webhook-sink.ts';
import { systemClock } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { anAlert } from '../../builders/alert.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { codeOf } from '../../rig/code-of.ts';
import { closed, listening, vacant } from '../app/servers.ts';

interface Received {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

const MIB = 1024 * 1024;

describe('a webhook that gets alerts', () => {
  let server: Server;
  let base: string;
  let received: Received[];
  let answer: RequestListener;
  let root: string;
  const { signal } = new AbortController();

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'ccci-webhook-'));
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url: path, headers } = request;
        received.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
        answer(request, response);
      });
    });
    const { host, port } = await listening(server);
    base = `http://${host}:${port}`;
  });
  beforeEach(() => {
    received = [];
    answer = (_request, response) => response.writeHead(204).end();
  });
  after(async () => {
    await closed(server);
    rmSync(root, { recursive: true });
  });

  const deliver = (settings: { url?: string; secretFile?: string } = {}, clock = systemClock): Promise<void> =>
    new WebhookSink({ url: `${base}/hooks/s3cr3t-path`, ...settings }, clock).deliver(anAlert(), signal);
  const faultOf = async (work: Promise<void>): Promise<CcError> => {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error instanceof CcError) return error;
    throw new Error(`no such error: ${String(error)}`);
  };

  it('is sent one POST with the alert as JSON, its id and the time', async () => {
    const clock = new FakeClock();
    await deliver({}, clock);
    const [request, ...more] = received;
    expect(more).to.deep.equal([]);
    expect(request).to.include({ method: 'POST', path: '/hooks/s3cr3t-path' });
    expect(request?.headers).to.include({
      'content-type': 'application/json',
      'webhook-id': 'op-1',
      'webhook-timestamp': String(Math.floor(clock.now() / 1000)),
    });
    expect(request?.headers).to.not.have.any.keys('webhook-signature', 'authorization');
    const document = JSON.parse(request?.body ?? '') as Record<string, unknown>;
    expect(document).to.deep.include({
      kind: 'Alert',
      reason: 'UpgradeRolledBack',
      metadata: { name: 'op-1', creationTimestamp: anAlert().time },
    });
    expect(document).to.not.have.any.keys('deliveries');
  });

  it('can verify the signature of the bytes that came, with a key that is read each time', async () => {
    const secretFile = join(root, 'key');
    for (const key of ['first key', 'second key']) {
      writeFileSync(secretFile, `${key}\n`);
      await deliver({ secretFile });
      const { headers, body } = received.at(-1)!;
      const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const wanted = createHmac('sha256', key).update(content).digest('base64');
      expect(headers['webhook-signature']).to.equal(`v1,${wanted}`);
    }
  });

  it('is sent nothing while the key cannot be read', async () => {
    expect(await codeOf(deliver({ secretFile: join(root, 'nothing') }))).to.equal('Misconfigured');
    expect(received).to.deep.equal([]);
  });

  it('T90 gets nothing that steers a terminal', async () => {
    const alert = anAlert({ message: 'a\u001b[31mred\u202e\u0007' });
    await new WebhookSink({ url: base }, systemClock).deliver(alert, signal);
    expect(received[0]?.body).to.match(/^[\x20-\x7e]*$/);
    expect((JSON.parse(received[0]?.body ?? '') as { message: string }).message).to.equal(alert.message);
  });

  it('takes it by any status from 200 to 299, whatever the body', async () => {
    for (const status of [200, 201, 202, 204, 299]) {
      answer = (_request, response) => response.writeHead(status).end('no JSON');
      await deliver();
    }
    expect(received).to.have.length(5);
  });

  for (const [status, code] of [
    [300, 'Misconfigured'],
    [301, 'Misconfigured'],
    [304, 'Misconfigured'],
    [307, 'Misconfigured'],
    [400, 'Misconfigured'],
    [401, 'Misconfigured'],
    [404, 'Misconfigured'],
    [410, 'Misconfigured'],
    [408, 'Unreachable'],
    [429, 'Unreachable'],
    [500, 'Unreachable'],
    [503, 'Unreachable'],
  ] as const) {
    it(`did not take it by ${status}, and no redirect is followed`, async () => {
      answer = (_request, response) => response.writeHead(status, { location: `${base}/elsewhere` }).end('because');
      expect(await codeOf(deliver())).to.equal(code);
      expect(received.map(({ path }) => path)).to.deep.equal(['/hooks/s3cr3t-path']);
    });
  }

  it('T69 that answers with 100 MiB is heard to the end by nobody', async () => {
    const chunk = Buffer.alloc(MIB, 'x');
    let sent = 0;
    const flood =
      (status: number): RequestListener =>
      (_request, response) => {
        sent = 0;
        response.writeHead(status);
        const more = (): void => {
          while (sent < 100 && !response.destroyed) {
            sent += 1;
            if (!response.write(chunk)) return void response.once('drain', more);
          }
          response.end();
        };
        more();
      };
    answer = flood(500);
    const { message } = await faultOf(deliver());
    expect(message.length).to.be.below(600);
    expect(sent).to.be.below(60);
    answer = flood(200);
    await deliver();
    expect(sent).to.be.below(60);
  });

  it('that says 200 and then never ends has taken it', async () => {
    answer = (_request, response) => {
      response.writeHead(200);
      response.write('{');
    };
    await deliver();
  });

  it('that hangs, before or in a refusal, is given up after ten seconds', async () => {
    for (const hang of [
      () => {},
      (_request: unknown, response: { writeHead(status: number): { write(text: string): unknown } }) =>
        response.writeHead(500).write('x'),
    ]) {
      answer = hang as RequestListener;
      const clock = new FakeClock();
      const asked = received.length;
      const code = codeOf(deliver({}, clock));
      for (let n = 0; n < 500 && received.length === asked; n += 1) await systemClock.sleep(10);
      await clock.advance(10_000);
      expect(await code).to.be.oneOf(['DeadlineExceeded', 'Unreachable']);
      expect(clock.pendingTimers()).to.equal(0);
    }
  });

  it('is left at once on the signal', async () => {
    answer = () => {};
    const aborter = new AbortController();
    const code = codeOf(new WebhookSink({ url: base }, systemClock).deliver(anAlert(), aborter.signal));
    for (let n = 0; n < 500 && received.length === 0; n += 1) await systemClock.sleep(10);
    aborter.abort();
    expect(await code).to.equal('Aborted');
  });

  it('T85 that closes at once, in its head, or is not there, is an error and nothing more', async () => {
    for (const reply of [
      '',
      'HTTP/1.1 2',
      'SSH-2.0-x\r\n',
      'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    ]) {
      const raw = createRawServer((socket: Socket) => {
        socket.on('error', () => {});
        socket.once('data', () => socket.end(reply));
      });
      await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
      const { port } = raw.address() as AddressInfo;
      expect(await codeOf(deliver({ url: `http://127.0.0.1:${port}/` })), reply).to.equal('Unreachable');
      await new Promise((resolve) => raw.close(resolve));
    }
    const { port } = await vacant();
    expect(await codeOf(deliver({ url: `http://127.0.0.1:${port}/` }))).to.equal('Unreachable');
    expect(await codeOf(deliver({ url: 'http://:1/' }))).to.equal('Misconfigured');
  });

  it('T89 no message, name or key tells the path, the user or the key', async () => {
    const secretFile = join(root, 'key');
    writeFileSync(secretFile, 'signing-key');
    answer = (request, response) =>
      response
        .writeHead(500)
        .end(
          `no ${request.url} for ${request.headers.authorization} with signing-key \u001b[2J${Buffer.from('/hooks/s3cr3t-path').toString('base64')}`,
        );
    const url = `${base.replace('http://', 'http://bot:hunter22@')}/hooks/s3cr3t-path`;
    const sink = new WebhookSink({ url, secretFile }, systemClock);
    const { message } = await faultOf(sink.deliver(anAlert(), signal));
    expect(received[0]?.headers.authorization).to.be.a('string');
    const all = `${sink.key} ${sink.name} ${message}`;
    expect(all).to.not.match(/s3cr3t|hunter22|signing-key|\u001b/);
    expect(all).to.not.include(Buffer.from('/hooks/s3cr3t-path').toString('base64'));
    expect(sink.name).to.equal(`webhook ${base}`);
  });

  it('its key follows from the URL alone', () => {
    const keyOf = (url: string, secretFile?: string): string =>
      new WebhookSink({ url, ...(secretFile && { secretFile }) }, systemClock).key;
    expect(keyOf(base)).to.equal(keyOf(base, '/run/keys/other'));
    expect(keyOf(base)).to.not.equal(keyOf(`${base}/x`));
  });
});
