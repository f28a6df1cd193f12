import { expect } from 'chai';
import { type CommitStatus, type Forge, type ForgeComment, ForgeFault } from '../../../lib/forge/forge.ts';
import { eventually, type ForgeServer, Workshop } from './workshop.ts';

const never = new AbortController().signal;
const UNKNOWN = '0'.repeat(40);

/** Why a call fails, and with which status; what it gives, where it does not. */
async function fault(work: Promise<unknown>): Promise<unknown> {
  try {
    return ['no fault', await work];
  } catch (error) {
    return error instanceof ForgeFault ? [error.reason, error.status] : error;
  }
}

const bodies = (comments: readonly ForgeComment[]): string[] => comments.map(({ body }) => body);

/** What every kind of forge promises; what may go wrong on the way has a suite of its own. */
export function forgeContract(kind: string, start: () => Promise<ForgeServer>): void {
  describe(`forge contract: ${kind}`, function () {
    this.timeout(120_000);
    let shop: Workshop;
    let forge: Forge;
    let repository: string;
    let pull: number;

    before(async () => {
      shop = await Workshop.open(await start());
      forge = await shop.forge();
      ({ repository } = shop);
    });
    after(async () => {
      await shop?.close();
    });

    const onPull = (): void => {
      beforeEach(async () => {
        pull = await shop.openPull('member', 'Upgrade');
      });
    };
    const head = async (): Promise<string> => (await forge.pull(repository, pull, never)).head.commit;

    describe('who is who', () => {
      it('knows whose token it has', async () => {
        expect(await forge.self(never)).to.equal(shop.person('bot').login);
      });

      it('names the scope that a token lacks', async () => {
        const less = await shop.forge('read:repository', 'read:issue');
        expect(await fault(less.self(never))).to.deep.equal(['MissingScope', 403]);
        const message = await less.self(never).catch((error: Error) => error.message);
        expect(message).to.contain('read:user');
      });

      it('tells a token that is none, without repeating it', async () => {
        const wrong = shop.forgeBy('0123456789abcdef');
        expect(await fault(wrong.openPulls(repository, never))).to.deep.equal(['Unauthorised', 401]);
        const message = await wrong.self(never).catch((error: Error) => error.message);
        expect(message).not.to.contain('0123456789');
      });

      it('knows the members of an organisation', async () => {
        const is = (login: string, organisation = shop.organisation): Promise<boolean> =>
          forge.isMember(organisation, login, never);
        expect(await is(shop.person('member').login)).to.equal(true);
        expect(await is(shop.person('outsider').login)).to.equal(false);
        expect(await is('nobody-at-all')).to.equal(false);
        expect(await is(shop.person('member').login, 'nothing-at-all')).to.equal(false);
      });

      it('tells a stranger to an organisation only of members who show it', async () => {
        const stranger = shop.forgeBy(shop.person('outsider').token);
        expect(await stranger.isMember(shop.organisation, shop.person('member').login, never)).to.equal(false);
      });

      it('knows the members of a team, whose name may be in any case', async () => {
        const is = (login: string, team: string): Promise<boolean> =>
          forge.isTeamMember({ organisation: shop.organisation, team }, login, never);
        expect(await is(shop.person('member').login, 'Maintainers')).to.equal(true);
        expect(await is(shop.person('member').login, 'maintainers')).to.equal(true);
        expect(await is(shop.person('outsider').login, 'MAINTAINERS')).to.equal(false);
        expect(await is('nobody-at-all', 'maintainers')).to.equal(false);
        expect(await fault(is('nobody-at-all', 'none'))).to.deep.equal(['NotFound', undefined]);
      });
    });

    describe('comments', () => {
      onPull();

      it('are given in the order of writing, once each, from the second that is asked for', async () => {
        const { time } = await forge.comments(repository, undefined, never);
        const first = await shop.comment('member', pull, '!testme');
        await shop.comment('outsider', pull, 'thanks\n\n*äöü* 🎉');
        const { comments } = await forge.comments(repository, time, never);
        const own = comments.filter(({ pull: of }) => of === pull);
        expect(bodies(own)).to.deep.equal(['!testme', 'thanks\n\n*äöü* 🎉']);
        expect(own[0]).to.include({ id: first, kind: 'Comment', pull, author: shop.person('member').login });
        expect(own[0]?.createdTime).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        const again = await forge.comments(repository, own[1]?.updatedTime, never);
        expect(bodies(again.comments)).to.include('thanks\n\n*äöü* 🎉');
      });

      it('of a plain issue have no pull request', async () => {
        const path = `/repos/${repository}/issues`;
        const { number } = await shop.ask(shop.person('member').token, 'POST', path, { title: 'a plain issue' });
        const id = await shop.comment('member', Number(number), '!testme');
        const { comments } = await forge.comments(repository, undefined, never);
        expect(comments.find((one) => one.id === id)).not.to.have.property('pull');
      });

      it('come again when they are edited, and are gone when they are deleted', async () => {
        const id = await shop.comment('member', pull, 'first');
        const other = await shop.comment('member', pull, 'second');
        await shop.editComment('member', id, 'changed');
        await shop.deleteComment('member', other);
        const { comments } = await forge.comments(repository, undefined, never);
        expect(bodies(comments.filter(({ pull: of }) => of === pull))).to.deep.equal(['changed']);
        expect(bodies(await forge.commentsOf(repository, pull, never))).to.deep.equal(['changed']);
      });

      it('are all given where there are more than a page', async () => {
        const count = 60;
        for (let index = 0; index < count; index += 1) await shop.comment('member', pull, `comment ${index}`);
        const expected = Array.from({ length: count }, (_, index) => `comment ${index}`);
        const { comments } = await forge.comments(repository, undefined, never);
        expect(bodies(comments.filter(({ pull: of }) => of === pull))).to.deep.equal(expected);
        expect(bodies(await forge.commentsOf(repository, pull, never))).to.deep.equal(expected);
      });

      it('are written, read, edited and missed', async () => {
        const written = await forge.addComment(repository, pull, 'testing', never);
        expect(written).to.include({ kind: 'Comment', pull, body: 'testing', author: shop.person('bot').login });
        const edited = await forge.editComment(repository, written.id, 'passed', never);
        expect(edited).to.include({ id: written.id, body: 'passed' });
        expect(await forge.comment(repository, written.id, never)).to.include({ id: written.id, body: 'passed' });
        await shop.deleteComment('bot', written.id);
        expect(await fault(forge.comment(repository, written.id, never))).to.deep.equal(['NotFound', 404]);
        expect(await fault(forge.editComment(repository, written.id, 'x', never))).to.deep.equal(['NotFound', 404]);
      });

      it('are reacted to, as often as one likes', async () => {
        const id = await shop.comment('member', pull, '!testme');
        await forge.react(repository, id, 'eyes', never);
        await forge.react(repository, id, 'eyes', never);
        await forge.react(repository, id, 'confused', never);
        const path = `/repos/${repository}/issues/comments/${id}/reactions`;
        const reactions = (await shop.ask(shop.person('bot').token, 'GET', path)) as unknown as { content: string }[];
        expect(reactions.map(({ content }) => content)).to.have.members(['eyes', 'confused']);
      });

      it('of a review are among the reviews, if it has a body', async () => {
        await shop.review('outsider', pull, { body: '!testme', event: 'COMMENT' });
        await shop.review('bot', pull, { body: '', event: 'APPROVED' });
        const reviews = await forge.reviewsOf(repository, pull, never);
        expect(bodies(reviews)).to.deep.equal(['!testme']);
        expect(reviews[0]).to.include({ kind: 'Review', pull, author: shop.person('outsider').login });
        expect(await forge.commentsOf(repository, pull, never)).to.deep.equal([]);
      });
    });

    describe('pull requests', () => {
      onPull();

      it('are told with their head, also that of a fork', async () => {
        const fork = await shop.openPull('outsider', 'From a fork');
        const one = await forge.pull(repository, fork, never);
        const { login } = shop.person('outsider');
        expect(one).to.include({ number: fork, title: 'From a fork', author: login, state: 'Open', merged: false });
        expect(one.head.repository).to.equal(`${login}/notes`);
        expect(one.base.branch).to.equal('main');
        expect((await forge.pull(repository, pull, never)).head.repository).to.equal(repository);
      });

      it('follow a push', async () => {
        const { head: before } = await forge.pull(repository, pull, never);
        const { head: branch } = await shop.ask(shop.person('bot').token, 'GET', `/repos/${repository}/pulls/${pull}`);
        const { ref } = branch as { ref: string };
        const commit = await shop.write('member', repository, { branch: ref, path: 'more.txt' });
        const seen = await eventually(head, (now) => now !== before.commit);
        expect(seen).to.equal(commit);
      });

      it('are drafts by their title, and closed', async () => {
        await shop.editPull(pull, { title: 'WIP: Upgrade' });
        expect(await forge.pull(repository, pull, never)).to.include({ draft: true, state: 'Open' });
        await shop.editPull(pull, { state: 'closed' });
        expect(await forge.pull(repository, pull, never)).to.include({ state: 'Closed', merged: false });
      });

      it('that are open are listed, the one that changed last first', async () => {
        const closed = await shop.openPull('member', 'Closed');
        await shop.editPull(closed, { state: 'closed' });
        const pulls = await forge.openPulls(repository, never);
        const times = pulls.map(({ updatedTime }) => updatedTime);
        expect(pulls.map(({ number }) => number))
          .to.include(pull)
          .and.not.to.include(closed);
        expect(times).to.deep.equal(times.toSorted().toReversed());
      });

      it('whose fork was deleted are closed, and keep what they were to merge', async () => {
        const fork = await shop.openPull('outsider', 'From a fork');
        const { head: before } = await forge.pull(repository, fork, never);
        const { login, token } = shop.person('outsider');
        await shop.ask(token, 'DELETE', `/repos/${login}/notes`);
        const look = (): ReturnType<Forge['pull']> => forge.pull(repository, fork, never);
        const seen = await eventually(look, ({ state }) => state === 'Closed');
        expect(seen.state).to.equal('Closed');
        expect(seen.head).to.deep.equal({ commit: before.commit });
      });

      it('that are not there are not found', async () => {
        expect(await fault(forge.pull(repository, 99_999, never))).to.deep.equal(['NotFound', 404]);
        expect(await fault(forge.openPulls(`${shop.organisation}/none`, never))).to.deep.equal(['NotFound', 404]);
      });
    });

    describe('statuses of commits', () => {
      onPull();

      const status = (context: string, state: CommitStatus['state'], more: object = {}): CommitStatus => ({
        context,
        state,
        description: `${state} it is`,
        ...more,
      });

      it('are the newest of each context', async () => {
        const commit = await head();
        const url = 'https://ci.example.org/runs/x/';
        await forge.setStatus(repository, commit, status('cc-ci/testme', 'pending', { url }), never);
        await forge.setStatus(repository, commit, status('cc-ci/quick', 'failure'), never);
        await forge.setStatus(repository, commit, status('cc-ci/testme', 'success', { url }), never);
        expect(await forge.statuses(repository, commit, never)).to.have.deep.members([
          status('cc-ci/testme', 'success', { url }),
          status('cc-ci/quick', 'failure'),
        ]);
      });

      it('that somebody set to another word are none', async () => {
        const commit = await head();
        await forge.setStatus(repository, commit, status('cc-ci/testme', 'success'), never);
        const path = `/repos/${repository}/statuses/${commit}`;
        const word = { context: 'cc-ci/testme', state: 'warning', description: '' };
        await shop.ask(shop.person('bot').token, 'POST', path, word);
        expect(await forge.statuses(repository, commit, never)).to.deep.equal([]);
      });

      it('are none for a commit that is not known, and cannot be set on one', async () => {
        expect(await forge.statuses(repository, await head(), never)).to.deep.equal([]);
        expect(await forge.statuses(repository, UNKNOWN, never)).to.deep.equal([]);
        expect(await fault(forge.statuses(`${shop.organisation}/none`, UNKNOWN, never))).to.deep.equal([
          'NotFound',
          404,
        ]);
        const set = forge.setStatus(repository, UNKNOWN, status('cc-ci/testme', 'pending'), never);
        expect(await fault(set)).to.deep.equal(['ServerFault', 500]);
      });

      it('can be set on the head of a fork, with a long description', async () => {
        pull = await shop.openPull('outsider', 'From a fork');
        const commit = await head();
        const long = status('cc-ci/testme', 'error', { description: 'x'.repeat(2000) });
        await forge.setStatus(repository, commit, long, never);
        expect(await forge.statuses(repository, commit, never)).to.deep.equal([long]);
      });

      it('name the scope that a token lacks to set one', async () => {
        const commit = await head();
        const less = await shop.forge('read:repository', 'read:issue');
        const set = (): Promise<void> => less.setStatus(repository, commit, status('cc-ci/testme', 'success'), never);
        expect(await fault(set())).to.deep.equal(['MissingScope', 403]);
        expect(await set().catch((error: Error) => error.message)).to.contain('write:repository');
      });
    });
  });
}
