import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectionTo, openConnection, parseAddress } from '../../../lib/checks/app-connection.ts';
import { hasCode } from '../../../lib/errors.ts';

const isInvalid = (error: unknown): boolean => hasCode(error, 'InvalidInput');

describe('parseAddress', () => {
  const rows: [string, { host: string; port?: number }][] = [
    ['127.0.0.1:443', { host: '127.0.0.1', port: 443 }],
    ['ingress.example.org:8443', { host: 'ingress.example.org', port: 8443 }],
    ['ingress.example.org', { host: 'ingress.example.org' }],
    ['[::1]:443', { host: '::1', port: 443 }],
    ['[2001:db8::7]', { host: '2001:db8::7' }],
    ['::1', { host: '::1' }],
  ];
  for (const [text, address] of rows) {
    it(`reads ${text}`, () => expect(parseAddress(text)).to.deep.equal(address));
  }

  for (const text of [
    '',
    ':443',
    'host:',
    'host:0',
    'host:65536',
    '[::1',
    '[nonsense]:1',
    'a b:1',
    'https://x:1',
    'x/y',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseAddress(text))
        .to.throw()
        .that.satisfies(isInvalid);
    });
  }
});

describe('connectionTo', () => {
  const connection = { connectTo: { host: '127.0.0.1', port: 443 } };
  const redirected = (url: string) => connectionTo(url, 'notes.ci.example.org', connection).connectTo !== undefined;

  for (const url of [
    'https://notes.ci.example.org/x',
    'https://NOTES.ci.example.org',
    'https://notes.ci.example.org.:8443/',
    'http://api.notes.ci.example.org/',
  ]) {
    it(`${url} is the app's own`, () => expect(redirected(url)).to.equal(true));
  }

  for (const url of [
    'https://evilnotes.ci.example.org/',
    'https://ci.example.org/',
    'https://notes.ci.example.org.attacker.net/',
    'http://127.0.0.1:20000/',
  ]) {
    it(`${url} is not`, () => expect(redirected(url)).to.equal(false));
  }
});

describe('openConnection', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-connection-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('is empty where nothing is configured', async () => {
    expect(await openConnection({})).to.deep.equal({});
  });

  const refused: [string, string | undefined][] = [
    ['a file that is missing', undefined],
    ['an empty file', ''],
    ['a key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  ];
  for (const [what, text] of refused) {
    it(`refuses ${what} and names file and field`, async () => {
      const caFile = join(root, 'ca.pem');
      if (text !== undefined) await writeFile(caFile, text);
      const error = await openConnection({ caFile }).catch((thrown: unknown) => thrown);
      expect(isInvalid(error), String(error)).to.equal(true);
      expect((error as Error).message)
        .to.include(caFile)
        .and.include('swarm.caFile');
    });
  }
});
