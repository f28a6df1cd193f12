import { randomBytes } from 'node:crypto';
import { ApiError, noSuchUser } from '../api-error.ts';
import type { Account, Team, Token } from '../state.ts';
import type { World } from '../world.ts';

const CATEGORIES = [
  'activitypub',
  'admin',
  'misc',
  'notification',
  'organization',
  'package',
  'issue',
  'repository',
  'user',
];
/** In the order in which the recordings give those of the owners. */
const ALL_UNITS = [
  ...['repo.pulls', 'repo.ext_wiki', 'repo.projects', 'repo.packages', 'repo.releases'],
  ...['repo.wiki', 'repo.actions', 'repo.code', 'repo.issues', 'repo.ext_issues'],
];

export interface NewAccount {
  login: string;
  email?: string;
  password?: string;
  admin?: boolean;
  organisation?: boolean;
}

export function addAccount({ state, now }: World, wanted: NewAccount): Account {
  const { login, email = `${login}@example.org`, password = '', admin = false, organisation = false } = wanted;
  if (state.account(login) !== undefined) throw new ApiError(422, `user already exists [name: ${login}]`);
  const one = { id: state.next('account'), login, email, password, admin, organisation, createdMs: now() };
  state.accounts.push(one);
  return one;
}

/** Whoever founds it owns it. */
export function addOrganisation(world: World, login: string, founder: Account): Account {
  const one = addAccount(world, { login, email: '', organisation: true });
  const owners = { name: 'Owners', permission: 'owner', units: ALL_UNITS, access: 'owner' } as const;
  addTeam(world, { ...owners, organisation: login, units: [...ALL_UNITS], allRepositories: true }).members.add(
    founder.login,
  );
  return one;
}

export function addTeam({ state }: World, wanted: Omit<Team, 'id' | 'members'>): Team {
  const one = { ...wanted, id: state.next('team'), members: new Set<string>() };
  state.teams.push(one);
  return one;
}

/** Members watch what they may write. */
export function addMember({ state }: World, team: Team, login: string): void {
  const account = state.account(login);
  if (account === undefined) throw noSuchUser(login);
  team.members.add(account.login);
  if (!team.allRepositories) return;
  for (const one of state.repositories) if (one.owner === team.organisation) one.watchers.add(account.login);
}

export function addToken(
  { state }: World,
  account: Account,
  wanted: { name: string; scopes: readonly string[] },
): Token {
  const { name } = wanted;
  const one = { id: state.next('token'), value: randomBytes(20).toString('hex'), name, login: account.login };
  const token = { ...one, scopes: inOrder(wanted.scopes) };
  state.tokens.push(token);
  return token;
}

/** By category, and what reads after what writes, as the forge keeps them. */
function inOrder(scopes: readonly string[]): string[] {
  if (scopes.includes('all')) return ['all'];
  return CATEGORIES.flatMap((category) => [`write:${category}`, `read:${category}`]).filter((one) =>
    scopes.includes(one),
  );
}

/** What a token lacks for a request; undefined: nothing. Who may write may read. */
export function lackingScope({ scopes }: Token, method: string, category: string): string | undefined {
  const kind = method === 'GET' ? 'read' : 'write';
  const enough = ['all', `write:${category}`, ...(kind === 'read' ? [`read:${category}`] : [])];
  return enough.some((one) => scopes.includes(one)) ? undefined : `${kind}:${category}`;
}
