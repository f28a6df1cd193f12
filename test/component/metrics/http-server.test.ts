import { connect } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { hasCode } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { type Answer, HttpServer, type Routes } from '../../../lib/metrics/http-server.ts';
import { codeOf } from '../../rig/code-of.ts';

const said = (body: string): Answer => ({ status: 200, type: 'text/plain', body });

describe('the metrics server', () => {
  const servers: HttpServer[] = [];
  const open = async (routes: Routes, place: { host?: string; port?: number } = {}): Promise<HttpServer> => {
    const options = { host: '127.0.0.1', port: 0, ...place, routes, clock: systemClock, log: silentLog };
    const server = await HttpServer.open(options);
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  const ask = (server: HttpServer, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { ...init, headers: { connection: 'close', ...init.headers } });
  /** Sends bytes as they are; gives all that comes until the server closes. */
  const raw = (server: HttpServer, bytes: string): Promise<string> =>
    new Promise((resolve) => {
      let got = '';
      const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk) => {
        got += String(chunk);
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(got));
    });

  it('answers GET and HEAD, and hands on what is accepted', async () => {
    const server = await open({ '/page': async (accept) => said(`for ${accept}`) });
    const answer = await ask(server, '/page?x=1', { headers: { accept: 'text/plain' } });
    expect(answer.status).to.equal(200);
    expect(await answer.text()).to.equal('for text/plain');
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    const head = await ask(server, '/page', { method: 'HEAD', headers: { accept: 'a' } });
    expect([head.status, head.headers.get('content-length'), await head.text()]).to.deep.equal([200, '5', '']);
  });

  for (const path of [
    '/',
    '/other',
    '/page/',
    '/__proto__',
    '/constructor',
    '/page%2f',
    '/%70age',
    '//page',
    '/PAGE',
  ]) {
    it(`404 for ${path}, with what there is`, async () => {
      const server = await open({ '/page': async () => said('') });
      const answer = await ask(server, path);
      expect(answer.status).to.equal(404);
      expect(await answer.text()).to.contain('/page');
    });
  }

  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    it(`405 for ${method}, with a body or without`, async () => {
      let asked = 0;
      const server = await open({
        '/page': async () => {
          asked += 1;
          return said('');
        },
      });
      const answer = await ask(server, '/page', {
        method,
        ...(method === 'OPTIONS' ? {} : { body: 'x'.repeat(100_000) }),
      });
      expect(answer.status).to.equal(405);
      expect(answer.headers.get('allow')).to.equal('GET, HEAD');
      expect(asked).to.equal(0);
    });
  }

  it('500 without a word of what went wrong', async () => {
    const fail = async (): Promise<Answer> => {
      throw new Error('password=secret');
    };
    const server = await open({ '/page': fail, '/good': async () => said('good') });
    const answer = await ask(server, '/page');
    expect(answer.status).to.equal(500);
    expect(await answer.text()).not.to.contain('secret');
    expect((await ask(server, '/good')).status).to.equal(200);
  });

  it('T98 headers that are too large, garbage and a line that never ends are refused, and others are answered', async () => {
    const server = await open({ '/page': async () => said('good') });
    expect(await raw(server, `GET /page HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(9_000)}\r\n\r\n`)).to.match(
      /^HTTP\/1.1 431 /,
    );
    expect(await raw(server, 'no http at all\r\n\r\n')).to.match(/^HTTP\/1.1 400 /);
    expect(await raw(server, `GET /${'a'.repeat(20_000)}`)).to.match(/^HTTP\/1.1 431 /);
    expect(await (await ask(server, '/page')).text()).to.equal('good');
  });

  it('a client that goes away while it is answered ends nothing', async () => {
    const server = await open({ '/page': async () => said('x'.repeat(5_000_000)) });
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write('GET /page HTTP/1.1\r\nhost: a\r\n\r\n'));
      socket.once('data', () => socket.destroy());
      socket.on('close', () => resolve());
    });
    expect((await ask(server, '/page', { method: 'HEAD' })).status).to.equal(200);
  });

  it('a port that is taken is an error that names the setting', async () => {
    const { port } = await open({});
    const error = await open({}, { port }).catch((thrown: unknown) => thrown);
    expect(hasCode(error, 'Conflict')).to.equal(true);
    expect(String(error)).to.contain('metrics.listen').and.contain(String(port));
  });

  it('so is an address that is not one of this host', async () => {
    expect(await codeOf(open({}, { host: '192.0.2.1' }))).to.equal('Misconfigured');
  });

  it('ends a client that says nothing when it is closed, and answers what is under way', async () => {
    let answer = (): void => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let begun = (): void => {};
    const isBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const server = await open({
      '/slow': async () => {
        begun();
        await asked;
        return said('late');
      },
    });
    const idle = raw(server, 'GET /slow HTTP/1.1\r\n');
    const slow = ask(server, '/slow');
    await isBegun;
    const closed = server.close();
    answer();
    expect(await (await slow).text()).to.equal('late');
    await closed;
    await idle;
    await server.close();
    expect(await codeOf(ask(server, '/slow'))).not.to.match(/^no error/);
  });
});
