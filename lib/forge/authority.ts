import { type Forge, ForgeFault, type TeamName } from './forge.ts';

/** Who may start runs beside the members of the organisation that owns the repository. */
export interface Authorised {
  /** Logins, lower case. */
  users: ReadonlySet<string>;
  organisations: readonly string[];
  teams: readonly TeamName[];
}

/** Entries of `forge.authorised`: `login`, `org:name`, `team:organisation/name`. Pure; expects entries that match. */
export function authorisedOf(entries: readonly string[]): Authorised {
  const after = (prefix: string): string[] =>
    entries.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length));
  const users = entries.filter((entry) => !entry.includes(':')).map((entry) => entry.toLowerCase());
  const teams = after('team:').map((text) => {
    const slash = text.indexOf('/');
    return { organisation: text.slice(0, slash), team: text.slice(slash + 1) };
  });
  return { users: new Set(users), organisations: after('org:'), teams };
}

/** What is asked about a person. */
export interface AuthorityQuestion {
  /** `owner/name`. */
  repository: string;
  login: string;
  authorised: Authorised;
}

/**
 * Whether the person may start runs: the owner of the repository, a member of the organisation that owns it, or one that
 * the configuration names. @throws ForgeFault where the forge does not tell: then nobody knows.
 */
export async function mayStartRuns(
  forge: Pick<Forge, 'isMember' | 'isTeamMember'>,
  { repository, login, authorised }: AuthorityQuestion,
  signal: AbortSignal,
): Promise<boolean> {
  const owner = repository.slice(0, repository.indexOf('/'));
  const own = login.toLowerCase();
  if (own === '' || own === 'ghost') return false;
  if (own === owner.toLowerCase() || authorised.users.has(own)) return true;
  for (const organisation of [owner, ...authorised.organisations])
    if (await forge.isMember(organisation, login, signal)) return true;
  for (const team of authorised.teams) if (await isInTeam(forge, { team, login }, signal)) return true;
  return false;
}

/** A team that does not exist has no members. */
async function isInTeam(
  forge: Pick<Forge, 'isTeamMember'>,
  { team, login }: { team: TeamName; login: string },
  signal: AbortSignal,
): Promise<boolean> {
  return await forge.isTeamMember(team, login, signal).catch((error: unknown) => {
    if (error instanceof ForgeFault && error.reason === 'NotFound') return false;
    throw error;
  });
}
