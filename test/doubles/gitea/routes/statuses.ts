import { accessTo } from '../actions/access.ts';
import { ApiError, notFound } from '../api-error.ts';
import { type Answer, type Asked, page, pageOf, type Route, textOf, total } from '../router.ts';
import { combinedStatus, newest, status } from '../shapes/commit.ts';
import type { Repository, Status } from '../state.ts';
import { actorOf, repositoryOf } from './found.ts';

const REPOSITORY = '/repos/:owner/:repo';

export const STATUS_ROUTES: readonly Route[] = [
  { method: 'POST', path: `${REPOSITORY}/statuses/:commit`, run: setStatus },
  { method: 'GET', path: `${REPOSITORY}/commits/:commit/statuses`, open: true, run: list },
  { method: 'GET', path: `${REPOSITORY}/commits/:commit/status`, open: true, run: combined },
];

/** Takes any word as a state, and fails itself for an unknown commit. */
async function setStatus(asked: Asked): Promise<Answer> {
  const { world, json, params } = asked;
  const repository = repositoryOf(asked);
  const { commit = '' } = params;
  const creator = actorOf(asked);
  if (accessTo(world, repository, creator) === 'Read')
    throw new ApiError(403, 'user should have a permission to write to the repo');
  if (!(await world.git.hasCommit(repository, commit))) throw new ApiError(500, '');
  const all = repository.statuses.get(commit) ?? [];
  const one: Status = {
    id: all.length + 1,
    context: textOf(json, 'context') || 'default',
    state: textOf(json, 'state'),
    description: textOf(json, 'description'),
    targetUrl: textOf(json, 'target_url'),
    creator: creator.login,
    createdMs: world.now(),
  };
  repository.statuses.set(commit, [...all, one]);
  return { status: 201, json: status(world, { repository, commit }, one) };
}

async function list(asked: Asked): Promise<Answer> {
  const { repository, commit, statuses } = await known(asked);
  return page(asked.query, statuses, (one) => status(asked.world, { repository, commit }, one));
}

async function combined(asked: Asked): Promise<Answer> {
  const { world, query, actor } = asked;
  const { repository, commit, statuses } = await known(asked);
  const contexts = newest(statuses);
  const of = { repository, commit, access: accessTo(world, repository, actor) };
  const shown = { statuses: pageOf(query, contexts), total: contexts.length };
  return { status: 200, json: combinedStatus(world, of, shown), headers: total(contexts.length) };
}

async function known(asked: Asked): Promise<{ repository: Repository; commit: string; statuses: Status[] }> {
  const repository = repositoryOf(asked);
  const { commit = '' } = asked.params;
  if (!(await asked.world.git.hasCommit(repository, commit))) throw notFound();
  return { repository, commit, statuses: repository.statuses.get(commit) ?? [] };
}
