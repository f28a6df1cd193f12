import { addComment, addReview, createIssue, deleteComment, editComment, react } from '../actions/conversation.ts';
import { createPull, merge, setState, setTitle, sightOf } from '../actions/pulls.ts';
import { ApiError } from '../api-error.ts';
import { type Answer, type Asked, page, type Route, textOf, total } from '../router.ts';
import { user } from '../shapes/account.ts';
import { comment, issue, review, timelineItem } from '../shapes/issue.ts';
import { pull, pullInList } from '../shapes/pull.ts';
import { time } from '../shapes/times.ts';
import type { Comment, Issue } from '../state.ts';
import { actorOf, commentOf, issueOf, pullOf, repositoryOf } from './found.ts';

const PULLS = '/repos/:owner/:repo/pulls';
const ISSUES = '/repos/:owner/:repo/issues';

export const CONVERSATION_ROUTES: readonly Route[] = [
  { method: 'POST', path: PULLS, run: openPull },
  { method: 'GET', path: PULLS, open: true, run: listPulls },
  { method: 'GET', path: `${PULLS}/:number`, open: true, run: showPull },
  { method: 'PATCH', path: `${PULLS}/:number`, run: editPull },
  { method: 'POST', path: `${PULLS}/:number/reviews`, run: writeReview },
  { method: 'GET', path: `${PULLS}/:number/reviews`, open: true, run: listReviews },
  { method: 'POST', path: `${PULLS}/:number/merge`, run: mergePull },
  { method: 'POST', path: ISSUES, run: openIssue },
  { method: 'GET', path: `${ISSUES}/comments`, open: true, run: listComments },
  { method: 'GET', path: `${ISSUES}/comments/:id`, open: true, run: showComment },
  { method: 'PATCH', path: `${ISSUES}/comments/:id`, run: changeComment },
  { method: 'DELETE', path: `${ISSUES}/comments/:id`, run: removeComment },
  { method: 'POST', path: `${ISSUES}/comments/:id/reactions`, run: addReaction },
  { method: 'GET', path: `${ISSUES}/comments/:id/reactions`, open: true, run: listReactions },
  { method: 'GET', path: `${ISSUES}/:number/timeline`, open: true, run: timeline },
  { method: 'GET', path: `${ISSUES}/:number/comments`, open: true, run: listCommentsOf },
  { method: 'POST', path: `${ISSUES}/:number/comments`, run: writeComment },
];

async function openPull(asked: Asked): Promise<Answer> {
  const { world, json } = asked;
  const given = ['title', 'body', 'head', 'base'].map((name) => [name, textOf(json, name)]);
  const wanted = Object.fromEntries(given) as { title: string; body: string; head: string; base: string };
  const { answer } = await createPull(world, repositoryOf(asked), actorOf(asked), wanted);
  return { status: 201, json: answer };
}

function listPulls(asked: Asked): Answer {
  const { world, query } = asked;
  const state = query.get('state') ?? 'open';
  const wanted = repositoryOf(asked).issues.filter((one) => one.pull && (state === 'all' || one.state === state));
  return page(query, wanted.toSorted(orderOf(query.get('sort'))), (one) =>
    pullInList(world, one, sightOf(world, asked.actor)),
  );
}

/** By whole seconds, as the forge keeps them; then the newer one first. */
function orderOf(sort: string | null): (one: Issue, other: Issue) => number {
  const changed = ({ updatedMs }: Issue): number => Math.floor(updatedMs / 1000);
  if (sort === 'recentupdate') return (one, other) => changed(other) - changed(one) || other.id - one.id;
  return (one, other) => other.id - one.id;
}

function showPull(asked: Asked): Answer {
  return { status: 200, json: pull(asked.world, pullOf(asked), sightOf(asked.world, asked.actor)) };
}

function editPull(asked: Asked): Answer {
  const { world, json } = asked;
  const one = pullOf(asked);
  const title = textOf(json, 'title');
  const state = textOf(json, 'state');
  if (title !== '') setTitle(world, one, actorOf(asked), title);
  if (state === 'open' || state === 'closed') setState(world, one, actorOf(asked), state);
  return { status: 201, json: pull(world, one, sightOf(world, asked.actor)) };
}

function writeReview(asked: Asked): Answer {
  const { world, json, actor } = asked;
  const said = { body: textOf(json, 'body'), event: textOf(json, 'event') };
  return { status: 200, json: review(world, addReview(world, pullOf(asked), actorOf(asked), said), actor) };
}

function listReviews(asked: Asked): Answer {
  const { world, query, actor } = asked;
  const reviews = world.state.commentsOf(pullOf(asked)).filter(({ type }) => type === 'review');
  return page(query, reviews, (one) => review(world, one, actor));
}

async function mergePull(asked: Asked): Promise<Answer> {
  await merge(asked.world, pullOf(asked), actorOf(asked));
  return { status: 200 };
}

function openIssue(asked: Asked): Answer {
  const { world, json } = asked;
  const said = { title: textOf(json, 'title'), body: textOf(json, 'body') };
  return {
    status: 201,
    json: issue(world, createIssue(world, repositoryOf(asked), actorOf(asked), said), asked.actor),
  };
}

/** Of issues and pull requests, without reviews, the oldest first. */
function listComments(asked: Asked): Answer {
  const { world, query } = asked;
  const repository = repositoryOf(asked);
  const all = world.state.comments.filter((one) => one.issue.repository === repository);
  return page(query, since(query, all), (one) => comment(world, one));
}

/** All at once: this list has no pages. */
function listCommentsOf(asked: Asked): Answer {
  const { world, query } = asked;
  const found = since(query, world.state.commentsOf(existing(asked)));
  return { status: 200, json: found.map((one) => comment(world, one)), headers: total(found.length) };
}

/** Plain comments that were changed in a second or after it. */
function since(query: URLSearchParams, comments: readonly Comment[]): Comment[] {
  const wanted = query.get('since');
  const fromMs = wanted === null ? 0 : Date.parse(wanted);
  if (Number.isNaN(fromMs)) throw new ApiError(422, `parsing time "${wanted}": cannot parse`);
  return comments.filter(({ type, updatedMs }) => type === 'comment' && Math.floor(updatedMs / 1000) * 1000 >= fromMs);
}

function showComment(asked: Asked): Answer {
  const one = commentOf(asked);
  return one.type === 'comment' ? { status: 200, json: comment(asked.world, one) } : { status: 204 };
}

function changeComment(asked: Asked): Answer {
  const one = commentOf(asked);
  if (one.type === 'pull_push') return { status: 204 };
  editComment(asked.world, one, actorOf(asked), textOf(asked.json, 'body'));
  return { status: 200, json: comment(asked.world, one) };
}

function removeComment(asked: Asked): Answer {
  deleteComment(asked.world, commentOf(asked), actorOf(asked));
  return { status: 204 };
}

function addReaction(asked: Asked): Answer {
  const { world, json } = asked;
  const content = textOf(json, 'content');
  if (!REACTIONS.includes(content)) throw new ApiError(403, `'${content}' is not an allowed reaction`);
  const actor = actorOf(asked);
  const { isNew, atMs } = react(world, commentOf(asked), actor, content);
  return { status: isNew ? 201 : 200, json: { user: user(world, actor, actor), content, created_at: time(atMs) } };
}

const REACTIONS = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'];

function listReactions(asked: Asked): Answer {
  const { world } = asked;
  const shown = commentOf(asked).reactions.flatMap(({ login, content, createdMs }) => {
    const one = world.state.account(login);
    return one === undefined ? [] : { user: user(world, one, asked.actor), content, created_at: time(createdMs) };
  });
  return { status: 200, json: shown };
}

function timeline(asked: Asked): Answer {
  const { world, query } = asked;
  return page(query, world.state.commentsOf(issueOf(asked)), (one) => timelineItem(world, one));
}

function writeComment(asked: Asked): Answer {
  const one = addComment(asked.world, existing(asked), actorOf(asked), textOf(asked.json, 'body'));
  return { status: 201, json: comment(asked.world, one) };
}

/** These two calls do not say that there is none: they fail. */
function existing(asked: Asked): Issue {
  const number = Number(asked.params.number);
  const one = repositoryOf(asked).issues.find((other) => other.number === number);
  if (one === undefined) throw new ApiError(500, '');
  return one;
}
