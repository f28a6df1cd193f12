import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect } from 'chai';
import { checkTcp } from '../../../lib/checks/check.ts';
import { planHealth, probeHealth } from '../../../lib/checks/health-probe.ts';
import { checkHttp, type HttpCheckOptions } from '../../../lib/checks/http-check.ts';
import { hasCode } from '../../../lib/errors.ts';

describe('checkHttp and checkTcp against a real server', () => {
  let server: Server;
  let base: string;
  let answer: RequestListener;
  const sockets = new Set<Socket>();

  before(async () => {
    server = createServer((request, response) => answer(request, response));
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const check = (options: Partial<HttpCheckOptions> = {}) =>
    checkHttp({ url: `${base}/`, timeoutMs: 2_000, signal: new AbortController().signal, ...options });

  const statuses: [number, number[] | undefined, boolean][] = [
    [200, undefined, true],
    [399, undefined, true],
    [302, undefined, true],
    [400, undefined, false],
    [503, undefined, false],
    [404, [404], true],
    [200, [201, 204], false],
  ];
  for (const [status, wanted, ok] of statuses) {
    it(`status ${status} where ${wanted ?? 'the default'} is wanted: ${ok}`, async () => {
      answer = (_request, response) => response.writeHead(status, { location: `${base}/elsewhere` }).end();
      expect((await check(wanted ? { status: wanted } : {})).ok).to.equal(ok);
    });
  }

  it('does not follow redirects', async () => {
    const asked: string[] = [];
    answer = (request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(302, { location: '/other' }).end();
    };
    expect((await check({ status: [200] })).ok).to.equal(false);
    expect(asked).to.deep.equal(['/']);
  });

  it('finds a text in the body, and says when it is not there', async () => {
    answer = (_request, response) => response.end('<h1>notes</h1>');
    expect((await check({ contains: 'notes' })).ok).to.equal(true);
    const missing = await check({ contains: 'todo' });
    expect(missing.ok).to.equal(false);
    expect(missing.message).to.include(base).and.include('200').and.include('todo');
    expect(missing.evidence).to.include('<h1>notes</h1>');
  });

  it('sends method and body', async () => {
    answer = (request, response) => {
      request.on('data', (chunk: Buffer) => {
        response.end(`${request.method} ${request.headers['content-type']} ${chunk}`);
      });
    };
    const result = await check({
      method: 'POST',
      body: '{"text":"ü"}',
      contains: 'POST application/json {"text":"ü"}',
    });
    expect(result).to.include({ ok: true });
  });

  it('T69 survives invalid UTF-8 and reads a bounded part of an endless body', async () => {
    answer = (_request, response) => {
      response.write(Buffer.from([0x80, 0xff, 0xfe]));
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
      };
      response.on('drain', write);
      write();
    };
    expect((await check({ contains: 'xxx' })).ok).to.equal(true);
    expect((await check({ contains: 'never there' })).ok).to.equal(false);
  });

  it('T69 gives up on an answer that drips for ever', async () => {
    answer = (_request, response) => {
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    };
    const result = await check({ timeoutMs: 150 });
    expect(result.ok).to.equal(false);
  });

  it('an aborted check is an error, not a result', async () => {
    answer = () => {};
    const controller = new AbortController();
    const pending = check({ signal: controller.signal });
    controller.abort();
    const error = await pending.catch((thrown: unknown) => thrown);
    expect(hasCode(error, 'Aborted')).to.equal(true);
    const before = await check({ signal: controller.signal }).catch((thrown: unknown) => thrown);
    expect(hasCode(before, 'Aborted')).to.equal(true);
  });

  it('connects elsewhere and keeps the name', async () => {
    answer = (request, response) => response.end(`host ${request.headers.host}`);
    const { port } = server.address() as AddressInfo;
    const result = await check({
      url: 'http://notes.example.invalid/',
      connectTo: { host: '127.0.0.1', port },
      contains: 'host notes.example.invalid',
    });
    expect(result).to.include({ ok: true });
  });

  it('a refused connection is a result that names the URL, without credentials', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const result = await check({ url: `http://user:hunter22@127.0.0.1:${port}/x` });
    expect(result.ok).to.equal(false);
    expect(result.message).to.include(`127.0.0.1:${port}/x`).and.not.include('hunter22');
    const tcp = await checkTcp({ host: '127.0.0.1', port, timeoutMs: 1_000, signal: new AbortController().signal });
    expect(tcp.ok).to.equal(false);
  });

  for (const url of ['/relative', 'ftp://127.0.0.1/', 'nonsense']) {
    it(`refuses the URL ${url}`, async () => {
      const error = await check({ url }).catch((thrown: unknown) => thrown);
      expect(hasCode(error, 'Misconfigured')).to.equal(true);
    });
  }

  it('a TCP check passes on a listening port and is aborted by its signal', async () => {
    const { port } = server.address() as AddressInfo;
    const controller = new AbortController();
    const options = { host: '127.0.0.1', port, timeoutMs: 1_000, signal: controller.signal };
    expect((await checkTcp(options)).ok).to.equal(true);
    controller.abort();
    const error = await checkTcp(options).catch((thrown: unknown) => thrown);
    expect(hasCode(error, 'Aborted')).to.equal(true);
  });

  it('probes the health of a listed app over HTTP and TCP', async () => {
    answer = (request, response) => response.writeHead(request.url === '/healthz' ? 200 : 500).end('ok');
    const { port } = server.address() as AddressInfo;
    const facts = { domain: 'd', endpoints: [], platformUrl: base };
    const exec = (): never => {
      throw new Error('nothing to run');
    };
    const signal = new AbortController().signal;
    const options = { timeoutMs: 2_000, signal, exec, domain: 'd', connection: {} };
    const listed = planHealth({
      ...facts,
      health: [{ http: { path: '/healthz', contains: 'ok' } }, { tcp: { port } }],
    });
    expect(await probeHealth(listed, options)).to.include({ ok: true, reason: 'Healthy' });
    expect(await probeHealth(planHealth(facts), options)).to.include({ ok: false, reason: 'Unhealthy' });
  });

  it('leaves no connection open', async () => {
    answer = (_request, response) => response.end('ok');
    await check();
    const until = Date.now() + 5_000;
    while (sockets.size > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(sockets.size).to.equal(0);
  });
});
