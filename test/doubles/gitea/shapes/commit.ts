import { createHash } from 'node:crypto';
import { type Account, fullName, type Repository, type Status } from '../state.ts';
import type { World } from '../world.ts';
import { userOf } from './account.ts';
import { type Access, repository } from './repository.ts';
import { NEVER, time } from './times.ts';

export function status(world: World, of: { repository: Repository; commit: string }, one: Status): object {
  return {
    id: one.id,
    status: one.state,
    target_url: one.targetUrl,
    description: one.description,
    url: `${world.url()}/api/v1/repos/${fullName(of.repository)}/statuses/${of.commit}`,
    context: one.context,
    creator: userOf(world, one.creator, undefined),
    created_at: time(one.createdMs),
    updated_at: time(one.createdMs),
  };
}

/** The newest of each context. */
export function newest(statuses: readonly Status[]): Status[] {
  return [...new Map(statuses.map((one) => [one.context, one])).values()];
}

/** What weighs most: of one that failed and one that waits the one that failed. */
const WEIGHTS = ['error', 'failure', 'warning', 'pending', 'success', 'skipped'];

export function combinedStatus(
  world: World,
  of: { repository: Repository; commit: string; access: Access },
  page: { statuses: readonly Status[]; total: number },
): object {
  const url = `${world.url()}/api/v1/repos/${fullName(of.repository)}/commits/${of.commit}`;
  const states = page.statuses.map(({ state }) => state);
  return {
    state: WEIGHTS.find((state) => states.includes(state)) ?? (states.length === 0 ? '' : 'pending'),
    sha: of.commit,
    total_count: page.total,
    statuses: page.statuses.map((one) => status(world, of, one)),
    repository: repository(world, of.repository, of.access),
    commit_url: url,
    url: `${url}/status`,
  };
}

export interface Committed {
  repository: Repository;
  branch: string;
  path: string;
  content: Buffer;
  commit: string;
  parent: string;
  tree: string;
  message: string;
  author: Account;
  atMs: number;
}

/** What the API answers to a file that was written. */
export function fileWritten(world: World, one: Committed): object {
  return { content: file(world, one), commit: commit(world, one), verification: UNSIGNED };
}

const UNSIGNED = {
  verified: false,
  reason: 'gpg.error.not_signed_commit',
  signature: '',
  signer: null,
  payload: '',
};

function file(world: World, { repository: of, branch, path, content, commit: sha, atMs }: Committed): object {
  const page = `${world.url()}/${fullName(of)}`;
  const api = `${world.url()}/api/v1/repos/${fullName(of)}`;
  const blob = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  const self = `${api}/contents/${path}?ref=${branch}`;
  const html = `${page}/src/branch/${branch}/${path}`;
  const git = `${api}/git/blobs/${blob}`;
  return {
    name: path.split('/').at(-1),
    path,
    sha: blob,
    last_commit_sha: sha,
    last_committer_date: time(atMs),
    last_author_date: time(atMs),
    type: 'file',
    size: content.length,
    encoding: 'base64',
    content: content.toString('base64'),
    target: null,
    url: self,
    html_url: html,
    git_url: git,
    download_url: `${page}/raw/branch/${branch}/${path}`,
    submodule_git_url: null,
    _links: { self, git, html },
  };
}

function commit(world: World, one: Committed): object {
  const git = `${world.url()}/api/v1/repos/${fullName(one.repository)}/git`;
  const who = { name: one.author.login, email: one.author.email, date: time(one.atMs) };
  return {
    url: `${git}/commits/${one.commit}`,
    sha: one.commit,
    created: NEVER,
    html_url: `${world.url()}/${fullName(one.repository)}/commit/${one.commit}`,
    author: who,
    committer: who,
    parents: [{ url: `${git}/commits/${one.parent}`, sha: one.parent, created: NEVER }],
    message: `${one.message}\n`,
    tree: { url: `${git}/trees/${one.tree}`, sha: one.tree, created: NEVER },
  };
}

/** A commit as a webhook tells it. */
export function pushedCommit(world: World, one: PushedCommit): object {
  const who = { name: one.author.login, email: one.author.email, username: one.author.login };
  return {
    id: one.commit,
    message: `${one.message}\n`,
    url: `${world.url()}/${fullName(one.repository)}/commit/${one.commit}`,
    author: who,
    committer: who,
    verification: null,
    timestamp: time(one.atMs),
    added: one.added,
    removed: [],
    modified: one.modified,
  };
}

export interface PushedCommit {
  repository: Repository;
  commit: string;
  message: string;
  author: Account;
  atMs: number;
  added: string[];
  modified: string[];
}
