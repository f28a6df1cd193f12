import type { Account, Issue, Pull, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { userOf } from './account.ts';
import { isDraft, pageOf } from './issue.ts';
import { type Access, repository } from './repository.ts';
import { maybeTime, time } from './times.ts';

export interface Sight {
  viewer: Account | undefined;
  accessTo: (one: Repository) => Access;
}

/** A pull request by itself. */
export function pull(world: World, one: Issue, sight: Sight): object {
  return shape(world, one, sight, {
    assignees: [],
    requested_reviewers: reviewers(world, one).map((login) => userOf(world, login, undefined)),
    requested_reviewers_teams: [],
    ...changes(one.pull),
  });
}

/** A pull request among others, of which less is told. */
export function pullInList(world: World, one: Issue, sight: Sight): object {
  return shape(world, one, sight, { assignees: null, requested_reviewers: null, requested_reviewers_teams: null });
}

/** Whoever reviews counts as asked to. */
export function reviewers({ state }: World, one: Issue): string[] {
  return [...new Set(state.commentsOf(one).flatMap(({ type, author }) => (type === 'review' ? author : [])))];
}

function changes(of: Pull | undefined): object {
  return { additions: of?.diff.additions, deletions: of?.diff.deletions, changed_files: of?.diff.files };
}

function shape(world: World, one: Issue, sight: Sight, more: Record<string, unknown>): object {
  const { pull: of } = one;
  if (of === undefined) throw new Error('no pull request');
  const { assignees, requested_reviewers, requested_reviewers_teams, ...diff } = more;
  const page = pageOf(world, one);
  const reviewCount = world.state.commentsOf(one).filter(({ type }) => type === 'review').length;
  return {
    id: of.id,
    url: page,
    number: one.number,
    user: userOf(world, one.author, sight.viewer),
    title: one.title,
    body: one.body,
    labels: [],
    milestone: null,
    assignee: null,
    assignees,
    requested_reviewers,
    requested_reviewers_teams,
    state: one.state,
    draft: isDraft(one),
    is_locked: false,
    comments: one.commentCount,
    ...(reviewCount === 0 ? {} : { review_comments: reviewCount }),
    ...diff,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    mergeable: isMergeable(world, one, of),
    merged: of.merged !== undefined,
    merged_at: maybeTime(of.merged?.atMs),
    merge_commit_sha: of.merged?.commit ?? null,
    merged_by: of.merged === undefined ? null : userOf(world, of.merged.by, undefined),
    allow_maintainer_edit: false,
    base: { ...branch(of.baseRef, of.baseCommit), ...place(world, one.repository, sight) },
    head: { ...branch(of.headRef, of.headCommit), ...place(world, of.headRepository, sight) },
    merge_base: of.mergeBase,
    due_date: null,
    created_at: time(one.createdMs),
    updated_at: time(one.updatedMs),
    closed_at: maybeTime(one.closedMs),
    pin_order: 0,
  };
}

function isMergeable({ now }: World, one: Issue, of: Pull): boolean {
  return of.merged === undefined && one.state === 'open' && !isDraft(one) && of.checkingUntilMs <= now();
}

function branch(ref: string, sha: string): object {
  return { label: ref, ref, sha };
}

function place(world: World, one: Repository | undefined, { accessTo }: Sight): object {
  if (one === undefined) return { repo_id: 0, repo: null };
  return { repo_id: one.id, repo: repository(world, one, accessTo(one)) };
}
