import { type Account, type Comment, fullName, type Issue } from '../state.ts';
import type { World } from '../world.ts';
import { userOf } from './account.ts';
import { maybeTime, time } from './times.ts';

/** Where people read it: a pull request has a page of its own. */
export function pageOf(world: World, { repository, number, pull }: Issue): string {
  return `${world.url()}/${fullName(repository)}/${pull === undefined ? 'issues' : 'pulls'}/${number}`;
}

/** An issue, or a pull request as one. */
export function issue(world: World, one: Issue, viewer: Account | undefined): object {
  const { repository, pull } = one;
  return {
    id: one.id,
    url: `${world.url()}/api/v1/repos/${fullName(repository)}/issues/${one.number}`,
    html_url: pageOf(world, one),
    number: one.number,
    user: userOf(world, one.author, viewer),
    original_author: '',
    original_author_id: 0,
    title: one.title,
    body: one.body,
    ref: '',
    assets: [],
    labels: [],
    milestone: null,
    assignee: null,
    assignees: null,
    state: one.state,
    is_locked: false,
    comments: one.commentCount,
    created_at: time(one.createdMs),
    updated_at: time(one.updatedMs),
    closed_at: maybeTime(one.closedMs),
    due_date: null,
    time_estimate: 0,
    pull_request: pull === undefined ? null : asPull(world, one),
    repository: { id: repository.id, name: repository.name, owner: repository.owner, full_name: fullName(repository) },
    pin_order: 0,
  };
}

function asPull(world: World, one: Issue): object {
  const merged = one.pull?.merged;
  return {
    merged: merged !== undefined,
    merged_at: maybeTime(merged?.atMs),
    draft: isDraft(one),
    html_url: pageOf(world, one),
  };
}

/** By its title, as Gitea does. */
export function isDraft({ title }: Issue): boolean {
  return /^(?:wip:|\[wip\])/i.test(title);
}

/** Its author is shown as nobody in particular would see them. */
export function comment(world: World, one: Comment): object {
  return {
    ...address(world, one),
    user: userOf(world, one.author, undefined),
    original_author: '',
    original_author_id: 0,
    body: one.body,
    assets: [],
    created_at: time(one.createdMs),
    updated_at: time(one.updatedMs),
  };
}

function address(world: World, { id, issue: of }: Comment): object {
  const page = pageOf(world, of);
  return {
    id,
    html_url: `${page}#issuecomment-${id}`,
    pull_request_url: of.pull === undefined ? '' : page,
    issue_url: of.pull === undefined ? page : '',
  };
}

/** An event of a conversation. */
export function timelineItem(world: World, one: Comment): object {
  const { id, ...rest } = address(world, one) as { id: number };
  return {
    id,
    type: one.type,
    ...rest,
    user: userOf(world, one.author, undefined),
    body: one.body,
    created_at: time(one.createdMs),
    updated_at: time(one.updatedMs),
    ...NO_EVENT,
    review_id: one.review?.id ?? 0,
  };
}

const NO_EVENT = {
  old_project_id: 0,
  project_id: 0,
  old_milestone: null,
  milestone: null,
  tracked_time: null,
  old_title: '',
  new_title: '',
  old_ref: '',
  new_ref: '',
  ref_issue: null,
  ref_comment: null,
  ref_action: 'none',
  ref_commit_sha: '',
  review_id: 0,
  label: null,
  assignee: null,
  assignee_team: null,
  removed_assignee: false,
  resolve_doer: null,
  dependent_issue: null,
};

export function review(world: World, one: Comment, viewer: Account | undefined): object {
  const page = pageOf(world, one.issue);
  return {
    id: one.review?.id,
    user: userOf(world, one.author, viewer),
    team: null,
    state: one.review?.state,
    body: one.body,
    commit_id: one.review?.commit,
    stale: one.review?.commit !== one.issue.pull?.headCommit,
    official: false,
    dismissed: false,
    comments_count: 0,
    submitted_at: time(one.createdMs),
    updated_at: time(one.updatedMs),
    html_url: `${page}#issuecomment-${one.id}`,
    pull_request_url: page,
  };
}
