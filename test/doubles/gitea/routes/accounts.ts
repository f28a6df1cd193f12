import { addAccount, addMember, addOrganisation, addTeam, addToken } from '../actions/accounts.ts';
import { notFound } from '../api-error.ts';
import { type Answer, type Asked, listOf, page, type Route, textOf } from '../router.ts';
import { organisation, team, token, user } from '../shapes/account.ts';
import { accountOf, actorOf, organisationOf, teamOf } from './found.ts';

const NOTHING: Answer = { status: 204 };

export const ACCOUNT_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/version', open: true, run: () => ({ status: 200, json: { version: 'development' } }) },
  {
    method: 'GET',
    path: '/user',
    run: (asked) => ({ status: 200, json: user(asked.world, actorOf(asked), asked.actor) }),
  },
  { method: 'POST', path: '/admin/users', run: createUser },
  { method: 'POST', path: '/users/:login/tokens', run: createToken },
  { method: 'POST', path: '/orgs', run: createOrganisation },
  { method: 'GET', path: '/orgs/:org/teams', run: listTeams },
  { method: 'POST', path: '/orgs/:org/teams', run: createTeam },
  { method: 'GET', path: '/orgs/:org/members/:login', run: isMember },
  // Nobody here shows that they are a member.
  { method: 'GET', path: '/orgs/:org/public_members/:login', open: true, run: isPublicMember },
  { method: 'PUT', path: '/teams/:id/members/:login', run: joinTeam },
  { method: 'DELETE', path: '/teams/:id/members/:login', run: leaveTeam },
  { method: 'GET', path: '/teams/:id/members/:login', run: isTeamMember },
];

function createUser({ world, actor, json }: Asked): Answer {
  const given = { login: textOf(json, 'username'), email: textOf(json, 'email'), password: textOf(json, 'password') };
  return { status: 201, json: user(world, addAccount(world, given), actor) };
}

function createToken(asked: Asked): Answer {
  const { world, json } = asked;
  const wanted = { name: textOf(json, 'name'), scopes: listOf(json.scopes) };
  return { status: 201, json: token(addToken(world, accountOf(asked), wanted)) };
}

function createOrganisation(asked: Asked): Answer {
  const one = addOrganisation(asked.world, textOf(asked.json, 'username'), actorOf(asked));
  return { status: 201, json: organisation(one) };
}

function listTeams(asked: Asked): Answer {
  const { world, query } = asked;
  return page(query, world.state.teamsOf(organisationOf(asked).login), (one) => team(one, undefined));
}

function createTeam(asked: Asked): Answer {
  const { world, json } = asked;
  const owner = organisationOf(asked);
  const one = addTeam(world, {
    organisation: owner.login,
    name: textOf(json, 'name'),
    permission: 'none',
    units: listOf(json.units),
    access: textOf(json, 'permission') === 'write' ? 'write' : 'read',
    allRepositories: json.includes_all_repositories === true,
  });
  return { status: 201, json: team(one, owner) };
}

/** Strangers to an organisation are led to those of its members who show it. */
function isMember(asked: Asked): Answer {
  const { world } = asked;
  const { login: org } = organisationOf(asked);
  const { login } = accountOf(asked);
  const actor = actorOf(asked);
  if (actor.admin || world.state.isMember(org, actor.login)) {
    if (world.state.isMember(org, login)) return NOTHING;
    throw notFound();
  }
  if (actor.login === login) throw notFound();
  return {
    status: 303,
    headers: {
      location: `${new URL(world.url()).pathname.replace(/\/$/, '')}/api/v1/orgs/${org}/public_members/${login}`,
    },
  };
}

function isPublicMember(asked: Asked): Answer {
  organisationOf(asked);
  accountOf(asked);
  throw notFound();
}

function joinTeam(asked: Asked): Answer {
  addMember(asked.world, teamOf(asked), asked.params.login ?? '');
  return NOTHING;
}

function leaveTeam(asked: Asked): Answer {
  teamOf(asked).members.delete(accountOf(asked).login);
  return NOTHING;
}

function isTeamMember(asked: Asked): Answer {
  const one = accountOf(asked);
  if (!teamOf(asked).members.has(one.login)) throw notFound();
  return { status: 200, json: user(asked.world, one, actorOf(asked)) };
}
