import { createServer, type OutgoingHttpHeaders, type Server } from 'node:http';
import { expect } from 'chai';
import { checkPage, type PageResult } from '../../../lib/checks/page-check.ts';
import { systemClock } from '../../../lib/clock.ts';
import { hasCode } from '../../../lib/errors.ts';
import { closed, listening } from '../app/servers.ts';

type Answer = [status: number, type: string, body: string, headers?: OutgoingHttpHeaders];

const HTML = 'text/html; charset=utf-8';
const DOMAIN = 'note-abcdef.ci.example.org';
const page = (head: string, body = '<p>hello</p>'): Answer => [
  200,
  HTML,
  `<html><head><title>Notes</title>${head}</head><body>${body}</body></html>`,
];
const SHEET = '<link rel="stylesheet" href="/a.css">';
const SCRIPT = '<script src="js/a.js"></script>';

describe('the page of an app', () => {
  let server: Server;
  let strangers: Server;
  let port: number;
  let strangerPort: number;
  let files: Record<string, Answer>;
  /** Host and path of each request, in order; of strangers as well. */
  let asked: string[];

  before(async () => {
    server = createServer((request, response) => {
      const { host = '', 'user-agent': _ } = request.headers;
      asked.push(`${host}${request.url}`);
      const [status, type, body, headers] = files[`${host}${request.url}`] ??
        files[request.url ?? ''] ?? [404, 'text/plain', 'no'];
      response.writeHead(status, { ...(type === '' ? {} : { 'content-type': type }), ...headers }).end(body);
    });
    strangers = createServer((request, response) => {
      asked.push(`stranger ${request.url}`);
      response.end('body {}');
    });
    ({ port } = await listening(server));
    ({ port: strangerPort } = await listening(strangers));
  });
  after(async () => {
    await closed(server);
    await closed(strangers);
  });
  beforeEach(() => {
    asked = [];
    files = { '/a.css': [200, 'text/css', 'p {}'], '/js/a.js': [200, 'text/javascript', '1'] };
  });

  const look = (url = `http://127.0.0.1:${port}`, signal = new AbortController().signal): Promise<PageResult> =>
    checkPage({
      url,
      domain: DOMAIN,
      connection: { connectTo: { host: '127.0.0.1', port } },
      timeoutMs: 2_000,
      signal,
      clock: systemClock,
    });

  it('passes with its first style sheet and its first script', async () => {
    files['/'] = page(`${SHEET}<link rel=stylesheet href="/missing.css">${SCRIPT}`);
    const { result, message } = await look();
    expect(result).to.equal('Passed');
    expect(message).to.contain('"Notes"').and.contain('/a.css loads').and.contain('/js/a.js loads');
    expect(asked.length).to.equal(3);
  });

  it('passes without any', async () => {
    files['/'] = page('');
    expect((await look()).result).to.equal('Passed');
  });

  const NO_PAGES: [string, Answer][] = [
    ['a redirect', [302, HTML, 'elsewhere', { location: '/login' }]],
    ['JSON', [200, 'application/json', '{}']],
    ['nothing that says what it is', [200, '', '<p>hello']],
    ['a login that a proxy wants', [401, HTML, '<p>no']],
  ];
  for (const [title, answer] of NO_PAGES) {
    it(`is none where / answers ${title}, and the message says what`, async () => {
      files['/'] = answer;
      const { result, message } = await look();
      expect(result).to.equal('NoPage');
      expect(message).to.contain(String(answer[0]));
    });
  }

  it('fails with neither title nor body', async () => {
    files['/'] = [200, HTML, '<html><head><title> </title></head><body> <!-- hello --> </body></html>'];
    expect((await look()).result).to.equal('Failed');
  });

  const BROKEN: [string, string, Answer | undefined][] = [
    ['is missing', '/a.css', undefined],
    ['is a page instead', '/a.css', [200, HTML, '<p>app']],
    ['is of another type', '/a.css', [200, 'text/plain', 'p {}']],
    ['is broken by the server', '/js/a.js', [500, 'text/javascript', '1']],
    ['is empty', '/js/a.js', [200, 'text/javascript', '']],
    ['leads on and on', '/js/a.js', [302, '', '', { location: '/js/a.js' }]],
    ['leads to another host', '/js/a.js', [302, '', '', { location: 'http://127.0.0.1:1/x.js' }]],
  ];
  for (const [title, path, answer] of BROKEN) {
    it(`fails where its first style sheet or script ${title}, and names it`, async () => {
      files['/'] = page(SHEET + SCRIPT);
      delete files[path];
      if (answer) files[path] = answer;
      const { result, message } = await look();
      expect(result).to.equal('Failed');
      expect(message).to.contain(path);
    });
  }

  it('follows a redirect of a file within the app', async () => {
    files['/'] = page('<link rel=stylesheet href=/old.css>');
    files['/old.css'] = [301, '', '', { location: '/a.css' }];
    expect((await look()).result).to.equal('Passed');
  });

  for (const [title, head] of [
    ['by its address', () => `<link rel=stylesheet href="http://127.0.0.1:${strangerPort}/x.css">`],
    ['by a base', () => `<base href="http://127.0.0.1:${strangerPort}/">${SHEET}${SCRIPT}`],
    ['without a scheme', () => `<script src="//127.0.0.1:${strangerPort}/x.js"></script>`],
  ] as const) {
    it(`names what lies elsewhere ${title}, and does not ask for it`, async () => {
      files['/'] = page(head());
      const { result, message } = await look();
      expect(result).to.equal('Passed');
      expect(message).to.contain(`127.0.0.1:${strangerPort}`);
      expect(asked.filter((one) => one.startsWith('stranger'))).to.deep.equal([]);
    });
  }

  it('fails where it is what the ingress says for a name that no app has', async () => {
    files['/'] = [200, HTML, '<title>It works</title>'];
    expect((await look(`http://${DOMAIN}`)).result).to.equal('Failed');
    expect(asked[1]).to.match(/^[0-9a-f]{16}\.ci\.example\.org\/$/);
  });

  it('passes through the ingress where that says something else for nobody', async () => {
    files[`${DOMAIN}/`] = page(SHEET);
    files['/'] = [200, HTML, '<title>It works</title>'];
    expect((await look(`http://${DOMAIN}`)).result).to.equal('Passed');
  });

  it('fails where nothing answers', async () => {
    expect((await look('http://127.0.0.1:1')).result).to.equal('Failed');
  });

  it('is not looked at after an abort', async () => {
    const error = await look(undefined, AbortSignal.abort()).catch((thrown: unknown) => thrown);
    expect(hasCode(error, 'Aborted')).to.equal(true);
  });
});
