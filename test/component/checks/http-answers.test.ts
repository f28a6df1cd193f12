import { randomBytes } from 'node:crypto';
import { createServer, type OutgoingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { checkHttp, type HttpCheckOptions } from '../../../lib/checks/http-check.ts';

const MIB = 1024 * 1024;

describe('T98 answers of real apps', () => {
  let server: Server;
  let url: string;
  let answer: RequestListener;

  before(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const check = (headers: OutgoingHttpHeaders, body: Buffer | string, options: Partial<HttpCheckOptions> = {}) => {
    answer = (_request, response) => {
      response.writeHead(200, headers).end(body);
    };
    return checkHttp({ url, timeoutMs: 5_000, signal: new AbortController().signal, ...options });
  };

  it('may have 60 KiB of headers', async () => {
    const cookies = Array.from({ length: 15 }, (_, index) => `c${index}=${'x'.repeat(4_000)}`);
    expect(await check({ 'set-cookie': cookies }, 'notes', { contains: 'notes' })).to.include({ ok: true });
  });

  it('may not have headers without end, and the message says so', async () => {
    const { ok, message } = await check({ 'x-long': 'x'.repeat(300 * 1024) }, 'notes');
    expect(ok).to.equal(false);
    expect(message).to.contain('256 KiB');
  });

  const page = Buffer.from('<h1>notes</h1>');
  const CODED: [string, string, Buffer][] = [
    ['gzip', 'gzip', gzipSync(page)],
    ['gzip by its old name', 'X-Gzip', gzipSync(page)],
    ['deflate', 'deflate', deflateSync(page)],
    ['deflate without the header that belongs to it', 'deflate', deflateRawSync(page)],
    ['Brotli', 'br', brotliCompressSync(page)],
    ['two codings', 'gzip, br', brotliCompressSync(gzipSync(page))],
    ['none, by that name', 'identity', page],
  ];
  for (const [title, encoding, body] of CODED) {
    it(`are read in ${title}, though nobody asked for it`, async () => {
      expect(await check({ 'content-encoding': encoding }, body, { contains: '<h1>notes' })).to.include({ ok: true });
    });
  }

  it('of a hundred MiB in a few KiB are decoded as far as they are looked at', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('first'), Buffer.alloc(100 * MIB)]));
    expect(await check({ 'content-encoding': 'gzip' }, bomb, { contains: 'first' })).to.include({ ok: true });
    const { ok, message } = await check({ 'content-encoding': 'gzip' }, bomb, { contains: 'never there' });
    expect(ok).to.equal(false);
    expect(message).to.contain('first MiB');
  });

  it('longer than is looked at are decoded up to there', async () => {
    const noise = randomBytes(3 * MIB);
    const coded = gzipSync(Buffer.concat([Buffer.from('first'), noise]));
    expect(await check({ 'content-encoding': 'gzip' }, coded, { contains: 'first' })).to.include({ ok: true });
  });

  it('that are not what their header says are no answers', async () => {
    expect(await check({ 'content-encoding': 'gzip' }, page)).to.include({ ok: false });
  });

  it('without a body need not be decoded', async () => {
    expect(await check({ 'content-encoding': 'gzip' }, '')).to.include({ ok: true });
  });

  it('in a coding that nobody knows still have a status', async () => {
    expect(await check({ 'content-encoding': 'sdch' }, page)).to.include({ ok: true });
  });

  const CHARSETS: [string, string | undefined, Buffer, string][] = [
    ['the header names', 'text/html; charset=ISO-8859-1', Buffer.from('caf\xe9', 'latin1'), 'café'],
    ['the header names in quotes', 'text/html;charset="windows-1251"', Buffer.from([0xcf, 0xf0, 0xe8]), 'При'],
    ['the page names', 'text/html', Buffer.from('<meta charset="iso-8859-15">\xa4', 'latin1'), '€'],
    ['the mark at the beginning says', undefined, Buffer.from('\ufeffnotes', 'utf16le'), 'notes'],
    ['nobody knows: UTF-8 is meant', 'text/html; charset=klingon', Buffer.from('café'), 'café'],
    ['nobody names: UTF-8 is meant', undefined, Buffer.from('café'), 'café'],
  ];
  for (const [title, type, body, contains] of CHARSETS) {
    it(`are read in the charset that ${title}`, async () => {
      expect(await check(type === undefined ? {} : { 'content-type': type }, body, { contains })).to.include({
        ok: true,
      });
    });
  }
});
