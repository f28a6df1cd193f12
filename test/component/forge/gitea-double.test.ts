import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import type { Forge } from '../../../lib/forge/forge.ts';
import { GiteaForge } from '../../../lib/forge/gitea/gitea-forge.ts';
import { GiteaDouble } from '../../doubles/gitea/gitea-double.ts';
import { HostileServer } from './hostile-server.ts';

const never = new AbortController().signal;
const REPOSITORY = 'recipes/notes';
const run = promisify(execFile);

async function outcome(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => 'done',
    (error: { reason?: string }) => error.reason ?? String(error),
  );
}

describe('the double of Gitea, as a test drives it', () => {
  let double: GiteaDouble;
  let forge: Forge;
  let pull: number;

  beforeEach(async () => {
    double = await GiteaDouble.start();
    for (const login of ['member', 'bot', 'outsider']) await double.addUser(login);
    await double.addOrganisation('recipes');
    await double.addTeam('recipes', 'maintainers', 'member', 'bot');
    await double.addRepository(REPOSITORY);
    pull = await double.createPull(REPOSITORY, { author: 'member', branch: 'feature', files: { 'a.txt': 'a\n' } });
    const token = await double.token('bot');
    forge = new GiteaForge({ url: double.url, token: async () => token, clock: systemClock });
  });
  afterEach(() => double.stop());

  const write = (body: string): Promise<unknown> => forge.addComment(REPOSITORY, pull, body, never);
  const bodies = (): string[] => double.commentsOf(REPOSITORY, pull).map(({ body }) => body);

  it('can be away, and comes back where it was with what it had', async () => {
    await double.comment(REPOSITORY, pull, 'member', '!testme');
    const { url } = double;
    await double.away();
    expect(await outcome(forge.self(never))).to.equal('Unreachable');
    await double.back();
    expect(double.url).to.equal(url);
    expect(await forge.self(never)).to.equal('bot');
    expect(bodies()).to.deep.equal(['!testme']);
  });

  const CONDUCTS = [
    { conduct: 'Reset', reason: 'Unreachable', written: false },
    { conduct: 'ResetAfter', reason: 'Unreachable', written: true },
    { conduct: 'Cut', reason: 'Unreachable', written: true },
    { conduct: 'Page', reason: 'Unreachable', written: false },
    { conduct: 'Redirect', reason: 'Unreachable', written: false },
    { conduct: { status: 502 }, reason: 'ServerFault', written: false },
    { conduct: { status: 429, headers: { 'retry-after': '5' } }, reason: 'TooMany', written: false },
  ] as const;
  for (const { conduct, reason, written } of CONDUCTS)
    it(`fails by ${JSON.stringify(conduct)} as often as it is told`, async () => {
      double.faults.add({ conduct, on: /^POST .*\/comments$/, times: 1 });
      expect(await forge.self(never)).to.equal('bot');
      expect(await outcome(write('one'))).to.equal(reason);
      expect(await outcome(write('two'))).to.equal('done');
      expect(bodies()).to.deep.equal(written ? ['one', 'two'] : ['two']);
    });

  it('is as slow as it is told', async () => {
    const { promise: until, resolve } = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    double.faults.add({ conduct: { until }, times: 1 });
    double.onCall = async () => void arrived.resolve();
    const slow = write('slow');
    await arrived.promise;
    expect(await outcome(write('fast'))).to.equal('done');
    resolve();
    expect(await outcome(slow)).to.equal('done');
    expect(bodies()).to.deep.equal(['fast', 'slow']);
  });

  it('lets a test in before a call is carried out and after it, and drops it there', async () => {
    const moments: string[] = [];
    double.onCall = async ({ method, login }, moment) => {
      moments.push(`${moment} ${method} ${login}: ${bodies().length}`);
      return moment === 'After' ? 'Drop' : undefined;
    };
    expect(await outcome(write('one'))).to.equal('Unreachable');
    double.onCall = async (_, moment) => (moment === 'Before' ? 'Drop' : undefined);
    expect(await outcome(write('two'))).to.equal('Unreachable');
    expect(moments).to.deep.equal(['Before POST bot: 0', 'After POST bot: 1']);
    expect(bodies()).to.deep.equal(['one']);
    expect(double.calls.map(({ json, status }) => [json, status])).to.deep.equal([
      [{ body: 'one' }, undefined],
      [{ body: 'two' }, undefined],
    ]);
  });

  it('goes by the clock that it is given', async () => {
    const other = await GiteaDouble.start({ now: () => Date.UTC(2030, 0, 1) });
    try {
      await other.addRepository('admin/notes');
      const token = await other.token('admin');
      const there = new GiteaForge({ url: other.url, token: async () => token, clock: systemClock });
      expect(await there.comments('admin/notes', undefined, never)).to.deep.equal({
        comments: [],
        time: '2030-01-01T00:00:00Z',
      });
    } finally {
      await other.stop();
    }
  });

  it('takes no token that was revoked', async () => {
    const token = await double.token('bot');
    const other = new GiteaForge({ url: double.url, token: async () => token, clock: systemClock });
    expect(await other.self(never)).to.equal('bot');
    await double.revoke(token);
    expect(await outcome(other.self(never))).to.equal('Unauthorised');
  });

  it('merges once nothing forbids it', async () => {
    await double.protect(REPOSITORY, 'main', 'cc-ci/testme');
    const commit = double.headOf(REPOSITORY, pull);
    expect(await double.merge(REPOSITORY, pull).catch((error: Error) => error.message)).to.contain('status checks');
    await forge.setStatus(REPOSITORY, commit, { context: 'cc-ci/testme', state: 'success', description: '' }, never);
    await double.draft(REPOSITORY, pull);
    expect(await double.merge(REPOSITORY, pull).catch((error: Error) => error.message)).to.contain('Work in progress');
    await double.ready(REPOSITORY, pull);
    await double.merge(REPOSITORY, pull);
    expect(await forge.pull(REPOSITORY, pull, never)).to.include({ merged: true, state: 'Closed' });
  });

  it('sends signed webhooks, and minds nothing where nobody listens', async () => {
    const listener = await HostileServer.start();
    try {
      listener.conduct = () => ({ status: 204 });
      await double.addHook(REPOSITORY, `${listener.url}/hook`, 'secret');
      await double.addHook(REPOSITORY, 'http://127.0.0.1:1/', 'other');
      await double.comment(REPOSITORY, pull, 'member', '!testme');
      await double.close(REPOSITORY, pull);
      await double.sent();
      expect(listener.requests).to.have.length(2);
      expect(double.deliveries.map(({ headers }) => headers['X-Gitea-Event'])).to.deep.equal([
        ...['issue_comment', 'issue_comment', 'pull_request', 'pull_request'],
      ]);
      const [first] = double.deliveries;
      const signature = createHmac('sha256', 'secret')
        .update(first?.body ?? '')
        .digest('hex');
      expect(first?.status).to.equal(204);
      expect(first?.headers['X-Gitea-Signature']).to.equal(signature);
    } finally {
      await listener.stop();
    }
  });

  it('is cloned from, with the heads of its pull requests', async () => {
    const fork = { author: 'outsider', branch: 'evil', files: { 'b.txt': 'b\n' }, fork: true };
    const other = await double.createPull(REPOSITORY, fork);
    const directory = await mkdtemp(join(tmpdir(), 'cc-ci-clone-'));
    try {
      const git = async (...argv: string[]): Promise<string> =>
        (await run('git', ['-C', directory, ...argv])).stdout.trim();
      await run('git', ['clone', '-q', double.cloneUrl(REPOSITORY), directory]);
      await git('fetch', '-q', 'origin', `refs/pull/${other}/head`);
      expect(await git('rev-parse', 'FETCH_HEAD')).to.equal(double.headOf(REPOSITORY, other));
      expect(await git('show', 'FETCH_HEAD:b.txt')).to.equal('b');
      const commit = await double.push(REPOSITORY, 'feature', 'member', { 'c.txt': 'c\n' });
      await git('fetch', '-q', 'origin', `refs/pull/${pull}/head`);
      expect(await git('rev-parse', 'FETCH_HEAD')).to.equal(commit);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
