import { ApiError, notFound } from '../api-error.ts';
import { user } from '../shapes/account.ts';
import { newest } from '../shapes/commit.ts';
import { isDraft } from '../shapes/issue.ts';
import { type Sight, pull as shape } from '../shapes/pull.ts';
import { type Access, repository as repositoryShape } from '../shapes/repository.ts';
import type { Account, Issue, Pull, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { accessTo } from './access.ts';

/** So long Gitea looks whether a pull request can be merged that changed, milliseconds. */
export const CHECKING_MS = 10_000;

export interface NewPull {
  title: string;
  body?: string;
  /** `branch`, or `owner:branch` of a fork. */
  head: string;
  base: string;
}

/** A pull request as somebody sees it. */
export function sightOf(world: World, viewer: Account | undefined): Sight {
  return { viewer, accessTo: (one) => accessTo(world, one, viewer) };
}

/** @returns what the API answers, which does not count the new one among those of its repository yet. */
export async function createPull(
  world: World,
  base: Repository,
  author: Account,
  wanted: NewPull,
): Promise<{ issue: Issue; answer: object }> {
  const { state, now } = world;
  const one = newIssue(world, base, author, { title: wanted.title, body: wanted.body ?? '' });
  one.pull = await newPull(world, base, one.number, wanted);
  const sight = sightOf(world, author);
  const commits = await world.git.commitsBetween(base, one.pull.mergeBase, one.pull.headCommit);
  tellOfCommits(world, one, author, commits);
  base.issues.push(one);
  const answer = shape(world, one, sight);
  sendPull(world, one, author, { action: 'opened', type: 'pull_request' });
  one.counted = true;
  state.next('issue');
  one.updatedMs = now();
  return { issue: one, answer };
}

export function newIssue(
  { state, now }: World,
  repository: Repository,
  author: Account,
  said: { title: string; body: string },
): Issue {
  return {
    ...said,
    id: state.peek('issue') + 1,
    number: repository.issues.length + 1,
    repository,
    author: author.login,
    state: 'open',
    createdMs: now(),
    updatedMs: now(),
    closedMs: undefined,
    commentCount: 0,
    counted: false,
    pull: undefined,
  };
}

async function newPull(world: World, base: Repository, number: number, wanted: NewPull): Promise<Pull> {
  const [branch = '', owner] = wanted.head.split(':').toReversed();
  const head = owner === undefined ? base : world.state.repository(owner, base.name);
  if (head === undefined) throw notFound();
  const headCommit = await fetchHead(world, { base, head, branch, number }).catch(() => {
    throw notFound();
  });
  const baseCommit = await world.git.hash(base, `refs/heads/${wanted.base}`);
  const { mergeBase, ...diff } = await world.git.diff(base, baseCommit, headCommit);
  const refs = { headRef: branch, headCommit, baseRef: wanted.base, baseCommit, mergeBase };
  return { id: world.state.next('pull'), headRepository: head, ...refs, diff, checkingUntilMs: 0, merged: undefined };
}

/** Keeps what is to be merged in the repository that it is to be merged into. */
async function fetchHead(
  { git }: World,
  { base, head, branch, number }: { base: Repository; head: Repository; branch: string; number: number },
): Promise<string> {
  return await git.fetch(base, git.pathOf(head), { from: `refs/heads/${branch}`, to: `refs/pull/${number}/head` });
}

/** After a push to a branch: every open pull request from it follows. */
export async function moveHeads(world: World, pushed: Repository, branch: string, by: Account): Promise<void> {
  for (const one of world.state.repositories.flatMap(({ issues }) => issues)) {
    const { pull } = one;
    if (pull === undefined || one.state !== 'open') continue;
    if (pull.headRepository === pushed && pull.headRef === branch) await moveHead(world, one, pull, by);
    else if (one.repository === pushed && pull.baseRef === branch) await moveBase(world, one, pull);
  }
}

async function moveHead(world: World, one: Issue, pull: Pull, by: Account): Promise<void> {
  const { repository: base, number } = one;
  const head = pull.headRepository ?? base;
  const before = pull.headCommit;
  pull.headCommit = await fetchHead(world, { base, head, branch: pull.headRef, number });
  await lookAgain(world, one, pull);
  one.updatedMs = world.now();
  const commits = await world.git.commitsBetween(base, before, pull.headCommit);
  tellOfCommits(world, one, by, commits);
  sendPull(world, one, by, { action: 'synchronized', type: 'pull_request_sync', access: 'Admin' });
}

async function moveBase(world: World, one: Issue, pull: Pull): Promise<void> {
  pull.baseCommit = await world.git.hash(one.repository, `refs/heads/${pull.baseRef}`);
  await lookAgain(world, one, pull);
}

async function lookAgain(world: World, { repository }: Issue, pull: Pull): Promise<void> {
  const { mergeBase, ...diff } = await world.git.diff(repository, pull.baseCommit, pull.headCommit);
  pull.mergeBase = mergeBase;
  pull.diff = diff;
  pull.checkingUntilMs = world.now() + CHECKING_MS;
}

function tellOfCommits({ state, now }: World, issue: Issue, { login }: Account, commits: readonly string[]): void {
  state.comments.push({
    id: state.next('comment'),
    issue,
    type: 'pull_push',
    author: login,
    body: JSON.stringify({ is_force_push: false, commit_ids: commits }),
    createdMs: now(),
    updatedMs: now(),
    reactions: [],
    review: undefined,
  });
}

export interface Told {
  action: string;
  type: string;
  /** Default: that of who did it. */
  access?: Access;
  more?: object;
}

/** Sends an event about a pull request. */
export function sendPull(world: World, one: Issue, by: Account, { action, type, access, more }: Told): void {
  const { repository } = one;
  const body = {
    action,
    number: one.number,
    pull_request: shape(world, one, sightOf(world, by)),
    requested_reviewer: null,
    repository: repositoryShape(world, repository, access ?? accessTo(world, repository, by)),
    sender: user(world, by, undefined),
    commit_id: '',
    review: null,
    ...more,
  };
  world.send(repository.id, { event: 'pull_request', type, body });
}

export function setState(world: World, one: Issue, by: Account, wanted: 'open' | 'closed'): void {
  if (one.state === wanted) return;
  one.state = wanted;
  one.updatedMs = world.now();
  one.closedMs = wanted === 'closed' ? world.now() : undefined;
  const action = wanted === 'closed' ? 'closed' : 'reopened';
  if (one.pull !== undefined) sendPull(world, one, by, { action, type: 'pull_request' });
}

export function setTitle(world: World, one: Issue, by: Account, title: string): void {
  const { title: from } = one;
  if (title === from) return;
  one.title = title;
  one.updatedMs = world.now();
  const changes = { title: { from }, added_labels: null, removed_labels: null };
  if (one.pull !== undefined) sendPull(world, one, by, { action: 'edited', type: 'pull_request', more: { changes } });
}

/** Before a repository is deleted: pull requests from it are closed. */
export async function closeFor(world: World, deleted: Repository, by: Account): Promise<void> {
  for (const one of world.state.repositories.flatMap(({ issues }) => issues)) {
    const { pull } = one;
    if (pull?.headRepository !== deleted || one.repository === deleted) continue;
    pull.headRepository = undefined;
    pull.headRef = `refs/pull/${one.number}/head`;
    setState(world, one, by, 'closed');
  }
}

export async function merge(world: World, one: Issue, by: Account): Promise<void> {
  const { pull, repository } = one;
  if (pull === undefined || one.state !== 'open') throw notFound();
  const atMs = world.now();
  if (accessTo(world, repository, by) === 'Read') throw new ApiError(405, 'User not allowed to merge PR');
  if (isDraft(one)) throw new ApiError(405, 'Work in progress PRs cannot be merged');
  if (pull.checkingUntilMs > atMs) throw new ApiError(405, 'Please try again later');
  if (missingContexts(one, pull).length > 0) throw new ApiError(405, 'Not all required status checks successful');
  const commit = await world.git.merge(repository, { base: pull.baseCommit, head: pull.headCommit, author: by, atMs });
  if (commit === undefined) throw new ApiError(405, 'Please try again later');
  await world.git.setRef(repository, `refs/heads/${pull.baseRef}`, commit);
  pull.merged = { by: by.login, commit, atMs };
  setState(world, one, by, 'closed');
}

/** Contexts that the branch demands, and that are no success. */
function missingContexts({ repository }: Issue, { baseRef, headCommit }: Pull): string[] {
  const green = newest(repository.statuses.get(headCommit) ?? []).filter(({ state }) => state === 'success');
  return repository.protections
    .filter(({ rule, statusCheck }) => rule === baseRef && statusCheck)
    .flatMap(({ contexts }) => contexts)
    .filter((context) => !green.some((one) => one.context === context));
}
