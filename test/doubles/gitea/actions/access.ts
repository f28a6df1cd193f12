import type { Access } from '../shapes/repository.ts';
import type { Account, Repository } from '../state.ts';
import type { World } from '../world.ts';

/** What somebody, or nobody in particular, may do in a repository. */
export function accessTo(world: World, repository: Repository, account: Account | undefined): Access {
  if (account === undefined) return 'Read';
  const { login } = account;
  if (account.admin || repository.owner === login) return 'Admin';
  const teams = world.state.teamsOf(repository.owner).filter((one) => one.allRepositories && one.members.has(login));
  if (teams.some(({ access }) => access === 'owner')) return 'Admin';
  const writes = teams.some(({ access }) => access === 'write') || repository.collaborators.get(login) === 'write';
  return writes ? 'Write' : 'Read';
}
