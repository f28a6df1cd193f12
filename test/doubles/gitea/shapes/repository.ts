import { fullName, type Hook, type Issue, type Protection, type Repository } from '../state.ts';
import type { World } from '../world.ts';
import { userOf } from './account.ts';
import { EPOCH, NEVER, time } from './times.ts';

/** What somebody may do in a repository. */
export type Access = 'Admin' | 'Write' | 'Read';

/** A repository as somebody with this access sees it. A fork comes with its parent, seen alike, and looked up anew. */
export function repository(world: World, one: Repository, access: Access): object {
  return shape(world, one, { access, issues: one.issues.filter(({ counted }) => counted) });
}

function shape(world: World, one: Repository, { access, issues }: { access: Access; issues: Issue[] }): object {
  const url = world.url();
  const full = fullName(one);
  const fork = one.parent !== undefined;
  const open = issues.filter(({ state }) => state === 'open');
  return {
    id: one.id,
    // Whoever sees a repository sees its owner as any other account does.
    owner: ownerOf(world, one),
    name: one.name,
    full_name: full,
    description: '',
    empty: false,
    private: false,
    fork,
    template: false,
    ...(one.parent === undefined ? {} : { parent: shape(world, one.parent, { access, issues: one.parent.issues }) }),
    mirror: false,
    size: one.sizeKib,
    language: '',
    languages_url: `${url}/api/v1/repos/${full}/languages`,
    html_url: `${url}/${full}`,
    url: `${url}/api/v1/repos/${full}`,
    link: '',
    ssh_url: `gitrunner@localhost:${full}.git`,
    clone_url: `${url}/${full}.git`,
    original_url: '',
    website: '',
    stars_count: 0,
    forks_count: world.state.repositories.filter(({ parent }) => parent === one).length,
    watchers_count: one.watchers.size,
    open_issues_count: open.filter(({ pull }) => pull === undefined).length,
    open_pr_counter: open.filter(({ pull }) => pull !== undefined).length,
    release_counter: 0,
    default_branch: one.defaultBranch,
    archived: false,
    created_at: time(one.createdMs),
    updated_at: time(one.updatedMs),
    archived_at: EPOCH,
    permissions: { admin: access === 'Admin', push: access !== 'Read', pull: true },
    ...units(fork),
    ...CONSTANT,
  };
}

function ownerOf(world: World, one: Repository): object {
  const stranger = { id: 0, login: '', email: '', password: '', admin: false, organisation: false, createdMs: 0 };
  return userOf(world, one.owner, stranger);
}

/** What a fork has not by default. */
function units(fork: boolean): object {
  const tracker = {
    enable_time_tracker: true,
    allow_only_contributors_to_track_time: true,
    enable_issue_dependencies: true,
  };
  return {
    has_code: true,
    has_issues: !fork,
    ...(fork ? {} : { internal_tracker: tracker }),
    has_wiki: !fork,
    has_pull_requests: true,
    has_projects: !fork,
    projects_mode: 'all',
    has_releases: !fork,
    has_packages: !fork,
    has_actions: !fork,
  };
}

const CONSTANT = {
  ignore_whitespace_conflicts: false,
  allow_merge_commits: true,
  allow_rebase: true,
  allow_rebase_explicit: true,
  allow_squash_merge: true,
  allow_fast_forward_only_merge: true,
  allow_rebase_update: true,
  allow_manual_merge: false,
  autodetect_manual_merge: false,
  default_delete_branch_after_merge: false,
  default_merge_style: 'merge',
  default_allow_maintainer_edit: false,
  internal: false,
  mirror_interval: '',
  object_format_name: 'sha1',
  mirror_updated: NEVER,
  topics: [],
  licenses: [],
};

export function hook({ id, url, events, active, createdMs }: Hook): object {
  return {
    id,
    type: 'gitea',
    branch_filter: '',
    config: { content_type: 'json', url },
    events,
    authorization_header: '',
    active,
    updated_at: time(createdMs),
    created_at: time(createdMs),
  };
}

export function protection({ rule, statusCheck, contexts, createdMs }: Protection): object {
  return {
    branch_name: rule,
    rule_name: rule,
    priority: 1,
    enable_push: false,
    enable_push_whitelist: false,
    push_whitelist_usernames: [],
    push_whitelist_teams: [],
    push_whitelist_deploy_keys: false,
    enable_force_push: false,
    enable_force_push_allowlist: false,
    force_push_allowlist_usernames: [],
    force_push_allowlist_teams: [],
    force_push_allowlist_deploy_keys: false,
    enable_merge_whitelist: false,
    merge_whitelist_usernames: [],
    merge_whitelist_teams: [],
    enable_status_check: statusCheck,
    status_check_contexts: contexts,
    required_approvals: 0,
    enable_approvals_whitelist: false,
    approvals_whitelist_username: [],
    approvals_whitelist_teams: [],
    block_on_rejected_reviews: false,
    block_on_official_review_requests: false,
    block_on_outdated_branch: false,
    dismiss_stale_approvals: false,
    ignore_stale_approvals: false,
    require_signed_commits: false,
    protected_file_patterns: '',
    unprotected_file_patterns: '',
    block_admin_merge_override: false,
    created_at: time(createdMs),
    updated_at: time(createdMs),
  };
}
