import { addAccount, addMember, addOrganisation, addTeam, addToken } from './actions/accounts.ts';
import { addComment, addReview, deleteComment, editComment } from './actions/conversation.ts';
import { createPull, merge, setState, setTitle } from './actions/pulls.ts';
import { createRepository, deleteRepository, fork, push } from './actions/repositories.ts';
import type { Account, Comment, Issue, Repository, Status } from './state.ts';
import type { World } from './world.ts';

export interface PullOfTest {
  author: string;
  branch: string;
  /** What the branch changes; absent: the branch is there. */
  files?: Readonly<Record<string, string>>;
  title?: string;
  /** From a fork of the author's, which is made where there is none. */
  fork?: boolean;
  /** Default: the default branch. */
  base?: string;
}

type Files = Readonly<Record<string, string>>;

/** What people do on a forge, without its API. Everything happens one after the other, with the requests in between. */
export class Control {
  protected readonly world: World;
  readonly #serially: <T>(work: () => T | Promise<T>) => Promise<T>;

  constructor(world: World, serially: <T>(work: () => T | Promise<T>) => Promise<T>) {
    this.world = world;
    this.#serially = serially;
  }

  async addUser(login: string, more: { admin?: boolean; password?: string } = {}): Promise<void> {
    await this.#serially(() => addAccount(this.world, { login, ...more }));
  }

  /** A new token. @param scopes default: all. */
  async token(login: string, ...scopes: string[]): Promise<string> {
    const wanted = { name: 'test', scopes: scopes.length === 0 ? ['all'] : scopes };
    return await this.#serially(() => addToken(this.world, this.#account(login), wanted).value);
  }

  async revoke(token: string): Promise<void> {
    const { tokens } = this.world.state;
    await this.#serially(() => tokens.splice(tokens.findIndex(({ value }) => value === token) >>> 0, 1));
  }

  async addOrganisation(login: string, founder = 'admin'): Promise<void> {
    await this.#serially(() => addOrganisation(this.world, login, this.#account(founder)));
  }

  /** A team that writes to all repositories of its organisation. */
  async addTeam(organisation: string, name: string, ...members: string[]): Promise<void> {
    const units = ['repo.code', 'repo.issues', 'repo.pulls'];
    await this.#serially(() => {
      const rights = { permission: 'none', access: 'write', allRepositories: true } as const;
      const team = addTeam(this.world, { organisation, name, units, ...rights });
      for (const login of members) addMember(this.world, team, login);
    });
  }

  /** @param repository `owner/name`. @param from a repository on this disk to begin with. */
  async addRepository(repository: string, from?: string): Promise<void> {
    const [owner = '', name = ''] = repository.split('/');
    const creator = this.world.state.account(owner)?.organisation === false ? owner : 'admin';
    const wanted = { owner, name, creator: this.#account(creator), ...(from === undefined ? {} : { from }) };
    await this.#serially(() => createRepository(this.world, wanted));
  }

  async deleteRepository(repository: string): Promise<void> {
    await this.#serially(() => {
      const one = this.#repository(repository);
      return deleteRepository(this.world, one, this.#account(one.owner));
    });
  }

  /** @returns its number. */
  async createPull(repository: string, wanted: PullOfTest): Promise<number> {
    const { author, branch, title = `Change ${branch}`, files } = wanted;
    return await this.#serially(async () => {
      const base = this.#repository(repository);
      const by = this.#account(author);
      const head = wanted.fork === true ? await this.#forkOf(base, by) : base;
      const { base: into = base.defaultBranch } = wanted;
      if (files !== undefined) await push(this.world, head, by, { branch, from: into, files, message: title });
      const from = head === base ? branch : `${author}:${branch}`;
      const { issue } = await createPull(this.world, base, by, { title, head: from, base: into });
      return issue.number;
    });
  }

  /** A commit on a branch that is there. @returns its hash. */
  async push(repository: string, branch: string, author: string, files: Files): Promise<string> {
    const wanted = { branch, files, message: `Change ${branch}` };
    const work = () => push(this.world, this.#repository(repository), this.#account(author), wanted);
    return (await this.#serially(work)).commit;
  }

  /** On an issue or a pull request. @returns its id. */
  async comment(repository: string, number: number, author: string, body: string): Promise<number> {
    const work = () => addComment(this.world, this.issue(repository, number), this.#account(author), body);
    return (await this.#serially(work)).id;
  }

  /** @returns its id among reviews. */
  async review(repository: string, number: number, author: string, body: string): Promise<number> {
    const said = { body, event: 'COMMENT' };
    const work = () => addReview(this.world, this.issue(repository, number), this.#account(author), said);
    return (await this.#serially(work)).review?.id ?? 0;
  }

  async editComment(id: number, by: string, body: string): Promise<void> {
    await this.#serially(() => editComment(this.world, this.#comment(id), this.#account(by), body));
  }

  async deleteComment(id: number, by = 'admin'): Promise<void> {
    await this.#serially(() => deleteComment(this.world, this.#comment(id), this.#account(by)));
  }

  async close(repository: string, number: number, by = 'admin'): Promise<void> {
    await this.#serially(() => setState(this.world, this.issue(repository, number), this.#account(by), 'closed'));
  }

  async reopen(repository: string, number: number, by = 'admin'): Promise<void> {
    await this.#serially(() => setState(this.world, this.issue(repository, number), this.#account(by), 'open'));
  }

  /** By its title, as people do. */
  async draft(repository: string, number: number, by = 'admin'): Promise<void> {
    await this.#serially(() => {
      const one = this.issue(repository, number);
      setTitle(this.world, one, this.#account(by), `WIP: ${one.title}`);
    });
  }

  async ready(repository: string, number: number, by = 'admin'): Promise<void> {
    await this.#serially(() => {
      const one = this.issue(repository, number);
      setTitle(this.world, one, this.#account(by), one.title.replace(/^WIP: /, ''));
    });
  }

  async merge(repository: string, number: number, by = 'admin'): Promise<void> {
    await this.#serially(() => merge(this.world, this.issue(repository, number), this.#account(by)));
  }

  /** The branch takes nothing but what has these as a success. */
  async protect(repository: string, rule: string, ...contexts: string[]): Promise<void> {
    const createdMs = this.world.now();
    await this.#serially(() => {
      this.#repository(repository).protections.push({ rule, statusCheck: true, contexts, createdMs });
    });
  }

  async addHook(repository: string, url: string, secret: string): Promise<void> {
    const { state, now } = this.world;
    const events = [
      'issue_comment',
      'pull_request',
      'pull_request_comment',
      'pull_request_review',
      'pull_request_sync',
    ];
    const hook = { id: state.next('hook'), url, secret, events: [...events, 'push'], active: true, createdMs: now() };
    await this.#serially(() => {
      this.#repository(repository).hooks.push(hook);
    });
  }

  /** Commit that is to be merged. */
  headOf(repository: string, number: number): string {
    return this.issue(repository, number).pull?.headCommit ?? '';
  }

  /** All that were set, the oldest first. */
  statusesOf(repository: string, commit: string): readonly Status[] {
    return this.#repository(repository).statuses.get(commit) ?? [];
  }

  /** Comments and reviews as they are, the oldest first. */
  commentsOf(repository: string, number: number): readonly Comment[] {
    const all = this.world.state.commentsOf(this.issue(repository, number));
    return all.filter(({ type }) => type !== 'pull_push');
  }

  issue(repository: string, number: number): Issue {
    const one = this.#repository(repository).issues.find((other) => other.number === number);
    if (one === undefined) throw new Error(`nothing has number ${number} in ${repository}`);
    return one;
  }

  async #forkOf(base: Repository, by: Account): Promise<Repository> {
    return this.world.state.repository(by.login, base.name) ?? (await fork(this.world, base, by));
  }

  #account(login: string): Account {
    const one = this.world.state.account(login);
    if (one === undefined) throw new Error(`there is no account ${login}`);
    return one;
  }

  #repository(repository: string): Repository {
    const [owner = '', name = ''] = repository.split('/');
    const one = this.world.state.repository(owner, name);
    if (one === undefined) throw new Error(`there is no repository ${repository}`);
    return one;
  }

  #comment(id: number): Comment {
    const one = this.world.state.comments.find((other) => other.id === id);
    if (one === undefined) throw new Error(`there is no comment ${id}`);
    return one;
  }
}
