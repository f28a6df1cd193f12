import { findComment } from '../actions/conversation.ts';
import { noSuchUser, notFound } from '../api-error.ts';
import type { Asked } from '../router.ts';
import type { Account, Comment, Issue, Repository, Team } from '../state.ts';

/** What the path of a request names. @throws ApiError where there is no such thing. */
export function repositoryOf({ world, params }: Asked): Repository {
  const { owner = '', repo = '' } = params;
  const one = world.state.repository(owner, repo);
  if (one === undefined) throw notFound();
  return one;
}

export function issueOf(asked: Asked): Issue {
  const one = repositoryOf(asked).issues.find(({ number }) => String(number) === asked.params.number);
  if (one === undefined) throw notFound();
  return one;
}

export function pullOf(asked: Asked): Issue {
  const one = issueOf(asked);
  if (one.pull === undefined) throw notFound();
  return one;
}

export function commentOf(asked: Asked): Comment {
  return findComment(asked.world, repositoryOf(asked), Number(asked.params.id));
}

export function teamOf({ world, params }: Asked): Team {
  const one = world.state.teams.find(({ id }) => String(id) === params.id);
  if (one === undefined) throw notFound();
  return one;
}

export function organisationOf({ world, params }: Asked): Account {
  const one = world.state.account(params.org ?? '');
  if (one?.organisation !== true) throw notFound();
  return one;
}

export function accountOf({ world, params }: Asked): Account {
  const { login = '' } = params;
  const one = world.state.account(login);
  if (one === undefined) throw noSuchUser(login);
  return one;
}

/** Who asks; of a route that is not open. */
export function actorOf({ actor }: Asked): Account {
  if (actor === undefined) throw new Error('a route that is not open was asked by nobody');
  return actor;
}
