import type { Account, Team, Token } from '../state.ts';
import type { World } from '../world.ts';
import { EPOCH, NEVER, time } from './times.ts';

/**
 * An account as `viewer` sees it. Without a viewer it has no address of its own; themselves and administrators see more
 * than others.
 */
export function user(world: World, account: Account, viewer: Account | undefined): object {
  const knows = viewer !== undefined && (viewer === account || viewer.admin);
  return {
    id: account.id,
    login: account.login,
    login_name: '',
    source_id: 0,
    full_name: '',
    email: viewer === undefined ? `${account.id}+${account.login}@noreply.localhost` : account.email,
    html_url: `${world.url()}/${account.login}`,
    language: '',
    is_admin: knows && account.admin,
    last_login: knows ? EPOCH : NEVER,
    created: time(account.createdMs),
    restricted: false,
    active: knows,
    prohibit_login: false,
    location: '',
    website: '',
    description: '',
    visibility: 'public',
    followers_count: 0,
    following_count: 0,
    starred_repos_count: 0,
    username: account.login,
  };
}

/** {@link user} by login, as the recordings show authors: nobody removed, or the ghost of whom was. */
export function userOf(world: World, login: string, viewer: Account | undefined): object {
  return user(world, world.state.account(login) ?? GHOST, viewer);
}

const GHOST: Account = {
  id: -1,
  login: 'Ghost',
  email: '',
  password: '',
  admin: false,
  organisation: false,
  createdMs: 0,
};

export function organisation({ id, login, email }: Account): object {
  return {
    id,
    name: login,
    full_name: '',
    email,
    description: '',
    website: '',
    location: '',
    visibility: 'public',
    repo_admin_change_team_access: false,
    username: login,
  };
}

/** In a list teams come without their organisation. */
export function team(one: Team, owner: Account | undefined): object {
  return {
    id: one.id,
    name: one.name,
    description: '',
    organization: owner === undefined ? null : organisation(owner),
    includes_all_repositories: one.allRepositories,
    permission: one.permission,
    units: one.units,
    units_map: Object.fromEntries(one.units.map((unit) => [unit, one.access])),
    can_create_org_repo: one.permission === 'owner',
  };
}

export function token({ id, name, value, scopes }: Token): object {
  return {
    id,
    name,
    sha1: value,
    token_last_eight: value.slice(-8),
    scopes,
    created_at: NEVER,
    last_used_at: NEVER,
  };
}
