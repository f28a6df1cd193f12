import { ApiError, BareStatus, notFound } from '../api-error.ts';
import { user } from '../shapes/account.ts';
import { comment as commentShape, issue as issueShape } from '../shapes/issue.ts';
import { pull as pullShape } from '../shapes/pull.ts';
import { repository as repositoryShape } from '../shapes/repository.ts';
import type { Account, Comment, Issue, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { accessTo } from './access.ts';
import { newIssue, sightOf } from './pulls.ts';

const REVIEWS: Readonly<Record<string, { event: string; type: string }>> = {
  COMMENT: { event: 'pull_request_comment', type: 'pull_request_review_comment' },
  APPROVED: { event: 'pull_request_approved', type: 'pull_request_review_approved' },
  REQUEST_CHANGES: { event: 'pull_request_rejected', type: 'pull_request_review_rejected' },
};

export function createIssue(
  world: World,
  repository: Repository,
  author: Account,
  said: { title: string; body: string },
): Issue {
  const one = newIssue(world, repository, author, said);
  world.state.next('issue');
  one.counted = true;
  repository.issues.push(one);
  return one;
}

export function addComment(world: World, issue: Issue, author: Account, body: string): Comment {
  const one = added(world, issue, author, { type: 'comment', body, review: undefined });
  recount(world, issue);
  tell(world, one, author, { action: 'created' });
  return one;
}

/** Reviews with `event` COMMENT, APPROVED or REQUEST_CHANGES. */
export function addReview(world: World, issue: Issue, author: Account, said: { body: string; event: string }): Comment {
  const { pull } = issue;
  const kind = REVIEWS[said.event];
  if (pull === undefined) throw notFound();
  if (kind === undefined) throw new ApiError(422, `review event ${said.event} is not known`);
  const review = { id: world.state.next('review'), state: said.event, commit: pull.headCommit };
  const one = added(world, issue, author, { type: 'review', body: said.body, review });
  const body = {
    action: 'reviewed',
    number: issue.number,
    pull_request: pullShape(world, issue, sightOf(world, author)),
    requested_reviewer: user(world, author, undefined),
    repository: repositoryShape(world, issue.repository, 'Read'),
    sender: user(world, author, undefined),
    commit_id: '',
    review: { type: kind.type, content: said.body },
  };
  world.send(issue.repository.id, { ...kind, body });
  return one;
}

function added(
  { state, now }: World,
  issue: Issue,
  { login }: Account,
  said: Pick<Comment, 'type' | 'body' | 'review'>,
): Comment {
  const times = { createdMs: now(), updatedMs: now() };
  const one: Comment = { ...said, ...times, id: state.next('comment'), issue, author: login, reactions: [] };
  state.comments.push(one);
  issue.updatedMs = now();
  return one;
}

/** @throws ApiError, BareStatus as the forge answers for a comment of another repository. */
export function findComment({ state }: World, repository: Repository, id: number): Comment {
  const one = state.comments.find((other) => other.id === id);
  if (one === undefined) throw notFound([`comment does not exist [id: ${id}, issue_id: 0]`]);
  if (one.issue.repository !== repository) throw new BareStatus(404);
  return one;
}

/** Whoever may write may edit what others wrote. */
export function editComment(world: World, one: Comment, by: Account, body: string): void {
  if (one.author !== by.login && accessTo(world, one.issue.repository, by) === 'Read') throw new BareStatus(403);
  const { body: from } = one;
  if (from === body) return;
  one.body = body;
  one.updatedMs = world.now();
  const changes = { body: { from }, added_labels: null, removed_labels: null };
  tell(world, one, by, { action: 'edited', changes });
}

export function deleteComment(world: World, one: Comment, by: Account): void {
  if (one.author !== by.login && accessTo(world, one.issue.repository, by) === 'Read') throw new BareStatus(403);
  world.state.comments.splice(world.state.comments.indexOf(one), 1);
  recount(world, one.issue);
  tell(world, one, by, { action: 'deleted' });
}

/** @returns whether it is new. */
export function react(
  { now }: World,
  one: Comment,
  { login }: Account,
  content: string,
): { isNew: boolean; atMs: number } {
  const given = one.reactions.find((other) => other.login === login && other.content === content);
  if (given !== undefined) return { isNew: false, atMs: given.createdMs };
  one.reactions.push({ login, content, createdMs: now() });
  return { isNew: true, atMs: now() };
}

/** Reviews are counted with the comments, though not when they are written. */
function recount({ state }: World, issue: Issue): void {
  issue.commentCount = state.commentsOf(issue).filter(({ type }) => type !== 'pull_push').length;
}

function tell(world: World, one: Comment, by: Account, more: { action: string; changes?: object }): void {
  const { issue } = one;
  const isPull = issue.pull !== undefined;
  const body = {
    ...more,
    issue: issueShape(world, issue, by),
    ...(isPull ? { pull_request: pullShape(world, issue, sightOf(world, by)) } : {}),
    comment: commentShape(world, one),
    repository: repositoryShape(world, issue.repository, accessTo(world, issue.repository, by)),
    sender: user(world, by, undefined),
    is_pull: isPull,
  };
  const type = isPull ? 'pull_request_comment' : 'issue_comment';
  world.send(issue.repository.id, { event: 'issue_comment', type, body });
}
