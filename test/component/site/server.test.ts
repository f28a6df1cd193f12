import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { SiteDirectory } from '../../../lib/site/directory.ts';
import { serveSite } from '../../../lib/site/server.ts';
import { SiteBench } from './site-bench.ts';

describe('the server of the site', () => {
  let bench: SiteBench;
  let server: Server;
  let port: number;

  before(async () => {
    bench = await SiteBench.open();
    bench.objects.run('notes-1', 'notes', 'Failed', { artifacts: 'runs/notes-1' });
    await bench.write('state/runs/notes-1-uidnotes/logs/app.log', 'hello\n');
    await bench.start();
    await bench.write('site/secret.txt', 'precious');
    await bench.write('precious.html', 'precious');
    const directory = new SiteDirectory(bench.site, 'instance-1');
    await directory.open();
    await directory.close();
    server = await serveSite(directory, { host: '127.0.0.1', port: 0 });
    port = (server.address() as AddressInfo).port;
  });
  after(async () => {
    server.close();
    server.closeAllConnections();
    await bench.close();
  });

  const get = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init });

  /** The answer to what no client would send. */
  const raw = (request: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => socket.end(request));
      socket.setEncoding('utf8').on('data', (text: string) => {
        answer += text;
      });
      socket.on('end', () => resolve(answer)).on('error', reject);
    });

  it('answers with pages, badges, the feed and logs, each of its type, and never sniffed', async () => {
    const page = await (await get('/runs/notes-1.html')).text();
    const log = /href="\.\.\/(runs\/notes-1\/[^"]*\.txt)"/.exec(page)?.[1] ?? '';
    for (const [path, type] of [
      ['/', 'text/html; charset=utf-8'],
      ['/index.html?x=1', 'text/html; charset=utf-8'],
      ['/badge/notes.svg', 'image/svg+xml; charset=utf-8'],
      ['/feed.xml', 'application/atom+xml; charset=utf-8'],
      [`/${log}`, 'text/plain; charset=utf-8'],
    ] as const) {
      const { status, headers } = await get(path);
      expect([path, status, headers.get('content-type')]).to.deep.equal([path, 200, type]);
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('content-security-policy')).to.match(/^default-src 'none'/);
    }
  });

  it('has no body for HEAD, and none where the reader has it already', async () => {
    const head = await get('/', { method: 'HEAD' });
    expect([head.status, (await head.text()).length]).to.deep.equal([200, 0]);
    const tag = (await get('/')).headers.get('etag') ?? '';
    expect((await get('/', { headers: { 'If-None-Match': tag } })).status).to.equal(304);
  });

  it('answers nothing but GET and HEAD', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await get('/', { method })).status).to.equal(405);
  });

  for (const path of [
    '/../precious.html',
    '/runs/../../precious.html',
    '/%2e%2e/precious.html',
    '/..%2fprecious.html',
    '/runs/..%5c..%5cprecious.html',
    '/.cc-ci-site.json',
    '/secret.txt',
    '/runs',
    '/runs/',
    '//etc/passwd',
    '/index.html%00.txt',
    '/%',
    '/recipes/nobody.html',
  ])
    it(`does not know ${path}`, async () => {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answer).to.match(/^HTTP\/1\.1 404 /);
      expect(answer).to.not.include('precious');
    });

  it('outlives what is no HTTP', async () => {
    for (const request of [
      '\x00\x01\r\n\r\n',
      'GET\r\n\r\n',
      'GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ])
      expect(await raw(request)).to.match(/^HTTP\/1\.1 40\d /);
    expect((await get('/')).status).to.equal(200);
  });
});
