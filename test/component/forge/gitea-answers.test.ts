import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { type Forge, ForgeFault } from '../../../lib/forge/forge.ts';
import { GiteaForge } from '../../../lib/forge/gitea/gitea-forge.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { codeOf } from '../../rig/code-of.ts';
import { HostileServer, type Reply } from './hostile-server.ts';

const never = new AbortController().signal;
const REPOSITORY = 'recipes/notes';
const COMMIT = 'a'.repeat(40);
const TOKEN = '0123456789abcdef0123456789abcdef01234567';

async function faultOf(work: Promise<unknown>): Promise<ForgeFault> {
  try {
    throw new Error(`no fault: ${JSON.stringify(await work)}`);
  } catch (error) {
    if (error instanceof ForgeFault) return error;
    throw error;
  }
}

const comment = (id: number, more: object = {}): object => ({
  id,
  html_url: `https://forge.example.org/recipes/notes/pulls/1#issuecomment-${id}`,
  pull_request_url: 'https://forge.example.org/recipes/notes/pulls/1',
  user: { login: 'member' },
  body: '!testme',
  created_at: '2026-11-28T20:55:15+01:00',
  updated_at: '2026-11-28T19:55:15Z',
  ...more,
});

const pull = (more: object = {}): object => ({
  number: 1,
  html_url: 'https://forge.example.org/recipes/notes/pulls/1',
  title: 'Upgrade',
  user: { login: 'member' },
  state: 'open',
  merged: false,
  draft: false,
  head: { sha: COMMIT, ref: 'feature', repo: { full_name: REPOSITORY } },
  base: { sha: COMMIT, ref: 'main' },
  updated_at: '2026-11-28T19:55:15Z',
  ...more,
});

describe('what Gitea answers, and what its adapter makes of it', () => {
  let server: HostileServer;
  let forge: Forge;
  let token: string;

  beforeEach(async () => {
    token = TOKEN;
    server = await HostileServer.start();
    forge = new GiteaForge({ url: `${server.url}/git/`, token: async () => token, clock: systemClock });
  });
  afterEach(() => server.stop());

  const says = (reply: Reply): void => {
    server.conduct = () => reply;
  };
  const asked = (): string[] => server.requests.map(({ method, url }) => `${method} ${url}`);

  describe('a request', () => {
    it('goes below the path of the forge, with the token of the moment', async () => {
      says({ body: { login: 'bot' } });
      await forge.self(never);
      token = 'rotated';
      await forge.self(never);
      expect(asked()).to.deep.equal(['GET /git/api/v1/user', 'GET /git/api/v1/user']);
      expect(server.requests.map(({ authorization }) => authorization)).to.deep.equal([
        `token ${TOKEN}`,
        'token rotated',
      ]);
    });

    for (const wrong of ['', ' ', 'two words', 'line\nbreak', 'ü'])
      it(`is not made with ${JSON.stringify(wrong)} as a token`, async () => {
        token = wrong;
        expect((await faultOf(forge.self(never))).reason).to.equal('Unauthorised');
        expect(server.requests).to.deep.equal([]);
      });

    for (const wrong of [
      'notes',
      'recipes/notes/..',
      '../notes',
      'recipes/..',
      'recipes/no tes',
      'recipes/n%2fx',
      '/',
      '',
    ])
      it(`is not made for a repository ${JSON.stringify(wrong)}`, async () => {
        expect((await faultOf(forge.openPulls(wrong, never))).reason).to.equal('Refused');
        expect(
          (await faultOf(forge.setStatus(wrong, COMMIT, { context: 'x', state: 'error', description: '' }, never)))
            .reason,
        ).to.equal('Refused');
        expect(server.requests).to.deep.equal([]);
      });

    it('is not made for a commit or a number that is none', async () => {
      for (const commit of ['', 'main', '../x', `${COMMIT}a`, COMMIT.toUpperCase()])
        expect((await faultOf(forge.statuses(REPOSITORY, commit, never))).reason).to.equal('Refused');
      for (const number of [0, -1, 1.5, Number.NaN, 2 ** 60])
        expect((await faultOf(forge.pull(REPOSITORY, number, never))).reason).to.equal('Refused');
      expect(server.requests).to.deep.equal([]);
    });

    it('is not made for a login that nobody can have', async () => {
      for (const login of ['..', '.', '', 'a/b', 'a?b', 'a b', '../../user'])
        expect(await forge.isMember('recipes', login, never)).to.equal(false);
      expect(server.requests).to.deep.equal([]);
    });

    it('passes what reading the token throws', async () => {
      const broken = new GiteaForge({
        url: server.url,
        token: () => Promise.reject(new RangeError('x')),
        clock: systemClock,
      });
      expect(await codeOf(broken.self(never))).to.contain('RangeError');
    });
  });

  describe('a URL', () => {
    for (const wrong of ['', 'forge.example.org', 'ssh://forge.example.org', 'https://user:secret@forge.example.org'])
      it(`is refused as ${JSON.stringify(wrong)}`, async () => {
        const made = async (): Promise<Forge> =>
          new GiteaForge({ url: wrong, token: async () => '', clock: systemClock });
        expect(await codeOf(made())).to.equal('Misconfigured');
      });
  });

  describe('a redirect', () => {
    it('within the API is followed, as to the new name of a repository', async () => {
      server.conduct = ({ url = '' }) =>
        url.includes('/recipes/')
          ? { status: 307, headers: { location: url.replace('/recipes/', '/renamed/') } }
          : { body: pull() };
      expect((await forge.pull(REPOSITORY, 1, never)).number).to.equal(1);
      expect(server.requests).to.have.length(2);
    });

    it('to another host, path or without an end is not followed, and no other host gets the token', async () => {
      const other = await HostileServer.start();
      try {
        for (const location of [
          `${other.url}/git/api/v1/user`,
          '/user/login',
          '/git/api/v1/../../user',
          '',
          'http://[',
          '/git/api/v1/user',
        ]) {
          says({ status: 302, headers: { location } });
          expect((await faultOf(forge.self(never))).reason).to.equal('Unreachable');
        }
        expect(other.requests).to.deep.equal([]);
      } finally {
        await other.stop();
      }
    });

    it('that would make a POST a GET is not followed', async () => {
      says({ status: 302, headers: { location: '/git/api/v1/user' } });
      expect((await faultOf(forge.addComment(REPOSITORY, 1, 'x', never))).reason).to.equal('Unreachable');
      expect(server.requests).to.have.length(1);
    });
  });

  describe('a status', () => {
    const ROWS: readonly (readonly [number, unknown, string, string])[] = [
      [401, { message: 'invalid username, password or token' }, 'Unauthorised', 'the API says so'],
      [403, { message: 'token does not have … required=[write:issue]' }, 'MissingScope', 'the API says so'],
      [403, '', 'MissingScope', 'Gitea says nothing to who may not edit'],
      [404, { message: 'not found', errors: null }, 'NotFound', 'the API says so'],
      [404, '', 'NotFound', 'Gitea says nothing of a comment of another repository'],
      [404, '404 page not found\n', 'Unreachable', 'a proxy without a route'],
      [403, '<html>', 'Unreachable', 'a proxy that lets nobody in'],
      [401, '<html>', 'Unreachable', 'a proxy with a sign-on of its own'],
      [405, { message: 'Please try again later' }, 'Refused', 'other 4xx'],
      [422, { message: 'wrong' }, 'Refused', 'other 4xx'],
      [413, '<html>', 'Refused', 'too long for a proxy'],
      [408, { message: 'late' }, 'Unreachable', 'another time'],
      [429, '<html>', 'TooMany', 'whoever says it'],
      [500, { message: '' }, 'ServerFault', 'an unknown commit'],
      [502, '<html>', 'ServerFault', 'a proxy whose server is away'],
      [304, '', 'Unreachable', 'nobody asked whether it changed'],
    ];
    for (const [status, body, reason, why] of ROWS)
      it(`${status} with ${JSON.stringify(body)} is ${reason}: ${why}`, async () => {
        says({ status, body });
        const fault = await faultOf(forge.pull(REPOSITORY, 1, never));
        expect([fault.reason, fault.status]).to.deep.equal([reason, status]);
        expect(fault.message).to.contain('GET').and.to.contain('/repos/recipes/notes/pulls/1');
      });

    it('of too many requests says for how long, in seconds or by a date', async () => {
      const wait = async (headers: Record<string, string>): Promise<number | undefined> => {
        says({ status: 429, headers });
        return (await faultOf(forge.self(never))).retryAfterMs;
      };
      expect(await wait({ 'retry-after': '90' })).to.equal(90_000);
      const dates = { date: 'Sat, 28 Nov 2026 19:55:15 GMT', 'retry-after': 'Sat, 28 Nov 2026 19:57:15 GMT' };
      expect(await wait(dates)).to.equal(120_000);
      expect(await wait({})).to.equal(undefined);
      expect(await wait({ 'retry-after': 'soon' })).to.equal(undefined);
      expect(await wait({ 'retry-after': '99999999999' })).to.equal(86_400_000);
    });

    it('is told without the token, and without what steers a terminal', async () => {
      says({
        status: 403,
        body: { message: `no: ${TOKEN} \u001b[2J`, errors: [Buffer.from(TOKEN).toString('base64')] },
      });
      const { message } = await faultOf(forge.self(never));
      expect(message).not.to.contain(TOKEN).and.not.to.contain('\u001b');
      expect(message).not.to.contain(Buffer.from(TOKEN).toString('base64'));
    });
  });

  describe('an answer that is none', () => {
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      self: () => forge.self(never),
      comments: () => forge.comments(REPOSITORY, undefined, never),
      commentsOf: () => forge.commentsOf(REPOSITORY, 1, never),
      reviewsOf: () => forge.reviewsOf(REPOSITORY, 1, never),
      openPulls: () => forge.openPulls(REPOSITORY, never),
      pull: () => forge.pull(REPOSITORY, 1, never),
      isMember: () => forge.isMember('recipes', 'member', never),
      isTeamMember: () => forge.isTeamMember({ organisation: 'recipes', team: 'x' }, 'member', never),
      statuses: () => forge.statuses(REPOSITORY, COMMIT, never),
      setStatus: () => forge.setStatus(REPOSITORY, COMMIT, { context: 'x', state: 'error', description: '' }, never),
      comment: () => forge.comment(REPOSITORY, 1, never),
      addComment: () => forge.addComment(REPOSITORY, 1, 'x', never),
      editComment: () => forge.editComment(REPOSITORY, 1, 'x', never),
      react: () => forge.react(REPOSITORY, 1, 'eyes', never),
    };
    const BODIES: readonly unknown[] = [
      '<html>Back soon</html>',
      '"text"',
      '17',
      '[[]]',
      '{"id":',
      '[null]',
      [{ id: 'one' }],
      '['.repeat(200_000),
    ];
    for (const [name, call] of Object.entries(calls))
      it(`is Unreachable: ${name}`, async () => {
        for (const body of BODIES) {
          says({ body });
          expect((await faultOf(call())).reason, JSON.stringify(body).slice(0, 40)).to.equal('Unreachable');
        }
      });

    it('is Unreachable where a connection ends, is refused, or the body is cut, compressed or too long', async () => {
      const conducts: HostileServer['conduct'][] = [
        ({ socket }) => void socket.destroy(),
        (_, response) =>
          void response.writeHead(200, { 'content-length': 100 }).write('{"login":', () => response.destroy()),
        () => ({ headers: { 'content-encoding': 'gzip' }, body: { login: 'bot' } }),
        () => ({ body: JSON.stringify({ login: 'x'.repeat(9 * 1024 * 1024) }) }),
        () => ({ headers: { 'x-long': 'x'.repeat(300 * 1024) }, body: { login: 'bot' } }),
        ({ socket }) =>
          void socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
        ({ socket }) => void socket.end('no HTTP at all'),
      ];
      for (const conduct of conducts) {
        server.conduct = conduct;
        expect((await faultOf(forge.self(never))).reason).to.equal('Unreachable');
      }
      await server.stop();
      expect((await faultOf(forge.self(never))).reason).to.equal('Unreachable');
      server = await HostileServer.start();
    });

    const FIELDS: readonly (readonly [string, unknown])[] = [
      ...['id', 'html_url', 'pull_request_url', 'body', 'created_at', 'updated_at'].flatMap((name) =>
        [undefined, null, {}, [], 17.5, ''].map((value) => [name, value] as const),
      ),
      ['user', 'member'],
      ['user', {}],
      ['user', []],
      ['pull_request_url', 'https://forge.example.org/elsewhere'],
    ];
    const ALLOWED = [/^(?:body|html_url|pull_request_url) ""$/];
    for (const [name, value] of FIELDS)
      it(`is Unreachable for a comment whose ${name} is ${JSON.stringify(value)}, or is read`, async () => {
        says({ body: [comment(1, { [name]: value })], headers: { 'x-total-count': '1' } });
        const seen = await forge.comments(REPOSITORY, undefined, never).catch((error: unknown) => error);
        const isRead = ALLOWED.some((one) => one.test(`${name} ${JSON.stringify(value)}`));
        if (isRead) expect(seen).to.have.property('comments');
        else expect(seen).to.be.instanceOf(ForgeFault).and.to.include({ reason: 'Unreachable' });
      });

    it('is Unreachable for a pull request with a part that is wrong', async () => {
      const wrong = [
        { head: null },
        { head: { sha: 'main', repo: null } },
        { base: {} },
        { merged: 1 },
        { number: '1' },
        { head: { sha: COMMIT, repo: 'x' } },
      ];
      for (const more of wrong) {
        says({ body: pull(more) });
        const { reason, message } = await faultOf(forge.pull(REPOSITORY, 1, never));
        expect(reason, message).to.equal('Unreachable');
      }
    });

    it('is no member where a page is answered', async () => {
      says({ status: 200, body: '<html>' });
      expect((await faultOf(forge.isMember('recipes', 'member', never))).reason).to.equal('Unreachable');
    });
  });

  describe('an answer that is one', () => {
    it('gives times in UTC, and a ghost for an author that was removed', async () => {
      says({
        body: [comment(1, { user: null })],
        headers: { 'x-total-count': '1', date: 'Sat, 28 Nov 2026 19:55:20 GMT' },
      });
      const { comments, time } = await forge.comments(REPOSITORY, undefined, never);
      expect(comments[0]).to.include({ author: 'Ghost', createdTime: '2026-11-28T19:55:15Z', pull: 1 });
      expect(time).to.equal('2026-11-28T19:55:20Z');
    });

    it('gives a ghost for the author of what was moved here under the name of somebody who may', async () => {
      says({ body: [comment(1, { original_author: 'somebody-elsewhere' })], headers: { 'x-total-count': '1' } });
      const { comments } = await forge.comments(REPOSITORY, undefined, never);
      expect(comments[0]?.author).to.equal('Ghost');
    });

    it('may be null or nothing at all where a list is empty', async () => {
      for (const body of ['null', '']) {
        says({ body });
        expect(await forge.openPulls(REPOSITORY, never)).to.deep.equal([]);
      }
      for (const body of ['', { state: '', statuses: null, total_count: 0 }]) {
        says({ body });
        expect(await forge.statuses(REPOSITORY, COMMIT, never)).to.deep.equal([]);
      }
    });

    it('that says nothing of a comment means that it is none', async () => {
      says({ status: 204 });
      expect((await faultOf(forge.comment(REPOSITORY, 1, never))).reason).to.equal('NotFound');
    });

    it('about a pull request whose fork is gone has no repository', async () => {
      says({ body: pull({ head: { sha: COMMIT, ref: 'refs/pull/1/head', repo: null } }) });
      expect((await forge.pull(REPOSITORY, 1, never)).head).to.deep.equal({ commit: COMMIT });
    });

    it('with a number of a team is believed for some minutes', async () => {
      const clock = new FakeClock();
      forge = new GiteaForge({ url: server.url, token: async () => token, clock });
      server.conduct = ({ url = '' }) =>
        url.includes('/orgs/')
          ? { body: [{ id: 7, name: 'Maintainers' }], headers: { 'x-total-count': '1' } }
          : { body: { login: 'Member' } };
      const is = (): Promise<boolean> =>
        forge.isTeamMember({ organisation: 'Recipes', team: 'maintainers' }, 'member', never);
      expect([await is(), await is()]).to.deep.equal([true, true]);
      expect(asked().filter((one) => one.includes('/orgs/'))).to.have.length(1);
      await clock.advance(10 * 60_000);
      await is();
      expect(asked().filter((one) => one.includes('/orgs/'))).to.have.length(2);
    });
  });

  describe('a list of pages', () => {
    /** Pages of so many, whatever limit is asked for. */
    const serves = (ids: () => number[], size: number): void => {
      server.conduct = ({ url = '' }) => {
        const page = Number(new URL(url, server.url).searchParams.get('page'));
        const all = ids();
        return {
          body: all.slice((page - 1) * size, page * size).map((id) => comment(id)),
          headers: { 'x-total-count': String(all.length) },
        };
      };
    };
    const read = async (): Promise<number[]> => (await forge.commentsOf(REPOSITORY, 1, never)).map(({ id }) => id);
    const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

    it('is read by what comes, not by what was asked for', async () => {
      serves(() => upTo(7), 3);
      expect(await read()).to.deep.equal(upTo(7));
      expect(asked()[0]).to.contain('limit=50').and.to.contain('page=1');
    });

    it('of one page is read once', async () => {
      serves(() => upTo(3), 3);
      expect(await read()).to.deep.equal(upTo(3));
      expect(server.requests).to.have.length(1);
    });

    it('without a total is read until nothing new comes', async () => {
      server.conduct = ({ url = '' }) => ({ body: url.includes('page=1') ? [comment(1)] : [] });
      expect(await read()).to.deep.equal([1]);
    });

    it('that is the same on every page is read once', async () => {
      says({ body: [comment(1), comment(2)], headers: { 'x-total-count': '9' } });
      expect(await read()).to.deep.equal([1, 2]);
    });

    for (const at of [1, 2, 3, 4, 5])
      it(`loses nothing where a comment is deleted after request ${at}, also beside one that is written`, async () => {
        for (const written of [[], [100]]) {
          server.requests.length = 0;
          serves(() => (server.requests.length <= at ? upTo(8) : [...upTo(8).slice(1), ...written]), 3);
          expect(await read()).to.include.members([2, 3, 4, 5, 6, 7, 8]);
        }
      });

    it('loses nothing where the last ones are deleted in one reading after the other', async () => {
      // Each of two readings is broken off at its second page.
      serves(() => upTo([12, 11, 11, 10][server.requests.length - 1] ?? 10), 3);
      expect(await read()).to.deep.equal(upTo(10));
    });

    it('that changes all the time is Unreachable in the end', async () => {
      serves(() => upTo(8).map((id) => id + server.requests.length), 3);
      expect((await faultOf(read())).reason).to.equal('Unreachable');
    });

    it('without an end is Unreachable', async () => {
      let id = 0;
      server.conduct = () => ({ body: [comment(++id)] });
      expect((await faultOf(read())).reason).to.equal('Unreachable');
      expect(server.requests.length).to.be.lessThan(1000);
    });
  });

  describe('waiting', () => {
    it('ends at the deadline', async () => {
      const clock = new FakeClock();
      forge = new GiteaForge({ url: server.url, token: async () => token, clock });
      const reached = new Promise<void>((resolve) => {
        server.conduct = () => void resolve();
      });
      const fault = faultOf(forge.self(never));
      await reached;
      await clock.advance(30_000);
      expect((await fault).reason).to.equal('Unreachable');
      expect(clock.pendingTimers()).to.equal(0);
    });

    it('ends when it is interrupted', async () => {
      const abort = new AbortController();
      server.conduct = () => void abort.abort();
      expect(await codeOf(forge.self(abort.signal))).to.equal('Aborted');
      expect(await codeOf(forge.self(abort.signal))).to.equal('Aborted');
    });
  });
});
