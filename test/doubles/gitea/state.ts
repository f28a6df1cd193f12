/** What a forge holds. Times are milliseconds since the epoch. */
export interface Account {
  id: number;
  login: string;
  email: string;
  password: string;
  admin: boolean;
  organisation: boolean;
  createdMs: number;
}

export interface Token {
  id: number;
  value: string;
  name: string;
  login: string;
  scopes: string[];
}

export interface Team {
  id: number;
  organisation: string;
  name: string;
  permission: 'owner' | 'none';
  units: string[];
  /** What members may do in each of the units. */
  access: 'owner' | 'write' | 'read';
  allRepositories: boolean;
  members: Set<string>;
}

export interface Hook {
  id: number;
  url: string;
  secret: string;
  events: string[];
  active: boolean;
  createdMs: number;
}

export interface Protection {
  rule: string;
  statusCheck: boolean;
  contexts: string[];
  createdMs: number;
}

export interface Status {
  /** Among those of its commit. */
  id: number;
  context: string;
  state: string;
  description: string;
  targetUrl: string;
  creator: string;
  createdMs: number;
}

export interface Repository {
  id: number;
  owner: string;
  name: string;
  parent: Repository | undefined;
  defaultBranch: string;
  createdMs: number;
  updatedMs: number;
  sizeKib: number;
  watchers: Set<string>;
  collaborators: Map<string, 'write' | 'read'>;
  hooks: Hook[];
  protections: Protection[];
  issues: Issue[];
  statuses: Map<string, Status[]>;
}

/** A plain issue, or what a pull request is besides being one. */
export interface Issue {
  id: number;
  number: number;
  repository: Repository;
  author: string;
  title: string;
  body: string;
  state: 'open' | 'closed';
  createdMs: number;
  updatedMs: number;
  closedMs: number | undefined;
  /** As the forge counts them: a review counts from the next comment on. */
  commentCount: number;
  /** False while it is made: whoever had its repository in hand before does not count it. */
  counted: boolean;
  pull: Pull | undefined;
}

export interface Pull {
  id: number;
  /** Undefined once it was deleted. */
  headRepository: Repository | undefined;
  /** A branch; `refs/pull/N/head` once its repository was deleted. */
  headRef: string;
  headCommit: string;
  baseRef: string;
  baseCommit: string;
  mergeBase: string;
  diff: { additions: number; deletions: number; files: number };
  /** Whether it can be merged is looked at until then. */
  checkingUntilMs: number;
  merged: { by: string; commit: string; atMs: number } | undefined;
}

export interface Comment {
  id: number;
  issue: Issue;
  type: 'comment' | 'review' | 'pull_push';
  author: string;
  body: string;
  createdMs: number;
  updatedMs: number;
  reactions: { login: string; content: string; createdMs: number }[];
  /** Of a review. */
  review: { id: number; state: string; commit: string } | undefined;
}

type Sequence = 'account' | 'token' | 'team' | 'repository' | 'hook' | 'issue' | 'pull' | 'comment' | 'review';

/** Everything, in memory. Names are found in any case, as a forge does. */
export class State {
  readonly accounts: Account[] = [];
  readonly tokens: Token[] = [];
  readonly teams: Team[] = [];
  readonly repositories: Repository[] = [];
  readonly comments: Comment[] = [];
  readonly #last = new Map<Sequence, number>();

  /** The number that was given last. */
  peek(sequence: Sequence): number {
    return this.#last.get(sequence) ?? 0;
  }

  next(sequence: Sequence): number {
    const id = this.peek(sequence) + 1;
    this.#last.set(sequence, id);
    return id;
  }

  account(login: string): Account | undefined {
    return this.accounts.find((one) => one.login.toLowerCase() === login.toLowerCase());
  }

  repository(owner: string, name: string): Repository | undefined {
    const wanted = `${owner}/${name}`.toLowerCase();
    return this.repositories.find((one) => fullName(one).toLowerCase() === wanted);
  }

  teamsOf(organisation: string): Team[] {
    return this.teams.filter((one) => one.organisation.toLowerCase() === organisation.toLowerCase());
  }

  isMember(organisation: string, login: string): boolean {
    return this.teamsOf(organisation).some(({ members }) => members.has(login));
  }

  commentsOf(issue: Issue): Comment[] {
    return this.comments.filter((one) => one.issue === issue);
  }
}

export function fullName({ owner, name }: Repository): string {
  return `${owner}/${name}`;
}
