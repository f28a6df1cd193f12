import { randomBytes } from 'node:crypto';
import { systemClock } from '../../../lib/clock.ts';
import type { Forge } from '../../../lib/forge/forge.ts';
import { GiteaForge } from '../../../lib/forge/gitea/gitea-forge.ts';

/** A forge that runs, and a token of an administrator of it. */
export interface ForgeServer {
  url: string;
  adminToken: string;
  close(): Promise<void>;
}

const PASSWORD = 'pw-0123456789';
/** A real forge follows a push in the background. */
const LOOKS = 100;
const PAUSE_MS = 100;
const BOT_SCOPES = ['write:repository', 'write:issue', 'read:organization', 'read:user'];

export interface Person {
  login: string;
  token: string;
}

/** An organisation of its own with a repository, a team and people, made by the API alone, so that any server will do. */
export class Workshop {
  readonly server: ForgeServer;
  readonly organisation: string;
  /** `owner/name` */
  readonly repository: string;
  readonly #people = new Map<string, Person>();

  private constructor(server: ForgeServer) {
    this.server = server;
    this.organisation = `recipes-${randomBytes(4).toString('hex')}`;
    this.repository = `${this.organisation}/notes`;
  }

  /** `member` and `bot` are in the team `Maintainers`, `outsider` is in none. */
  static async open(server: ForgeServer): Promise<Workshop> {
    const one = new Workshop(server);
    const admin = server.adminToken;
    for (const role of ['member', 'bot', 'outsider']) await one.#addPerson(role);
    await one.ask(admin, 'POST', '/orgs', { username: one.organisation, visibility: 'public' });
    const repository = { name: 'notes', auto_init: true, default_branch: 'main', private: false };
    await one.ask(admin, 'POST', `/orgs/${one.organisation}/repos`, repository);
    const rights = {
      permission: 'write',
      units: ['repo.code', 'repo.issues', 'repo.pulls'],
      includes_all_repositories: true,
    };
    const team = await one.ask(admin, 'POST', `/orgs/${one.organisation}/teams`, { name: 'Maintainers', ...rights });
    for (const role of ['member', 'bot'])
      await one.ask(admin, 'PUT', `/teams/${team.id}/members/${one.person(role).login}`);
    return one;
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  person(role: string): Person {
    const one = this.#people.get(role);
    if (one === undefined) throw new Error(`there is no ${role}`);
    return one;
  }

  /** The adapter with a token of the bot's that may do so much. */
  async forge(...scopes: string[]): Promise<Forge> {
    const { login } = this.person('bot');
    return this.forgeBy(await this.#newToken(login, scopes.length === 0 ? BOT_SCOPES : scopes));
  }

  forgeBy(token: string): Forge {
    return new GiteaForge({ url: this.server.url, token: async () => token, clock: systemClock });
  }

  /** A branch with one commit, and a pull request from it. @returns its number. */
  async openPull(role: string, title: string): Promise<number> {
    const { login, token } = this.person(role);
    const branch = `change-${randomBytes(4).toString('hex')}`;
    const isFork = role === 'outsider';
    const from = isFork ? `${login}/notes` : this.repository;
    if (isFork) await this.ask(token, 'POST', `/repos/${this.repository}/forks`, {}).catch(() => {});
    await this.write(role, from, { branch: 'main', newBranch: branch, path: `${branch}.txt` });
    const head = isFork ? `${login}:${branch}` : branch;
    const pull = await this.ask(token, 'POST', `/repos/${this.repository}/pulls`, { title, head, base: 'main' });
    return Number(pull.number);
  }

  /** A file that is new, as one commit. @returns its hash. */
  async write(
    role: string,
    repository: string,
    where: { branch: string; newBranch?: string; path: string },
  ): Promise<string> {
    const content = Buffer.from('change\n').toString('base64');
    const file = {
      branch: where.branch,
      content,
      message: 'change',
      ...(where.newBranch && { new_branch: where.newBranch }),
    };
    const path = `/repos/${repository}/contents/${where.path}`;
    const { commit } = await this.ask(this.person(role).token, 'POST', path, file);
    return String((commit as Record<string, unknown>).sha);
  }

  /** On an issue or a pull request. @returns its id. */
  async comment(role: string, number: number, body: string): Promise<number> {
    const path = `/repos/${this.repository}/issues/${number}/comments`;
    return Number((await this.ask(this.person(role).token, 'POST', path, { body })).id);
  }

  async editComment(role: string, id: number, body: string): Promise<void> {
    await this.ask(this.person(role).token, 'PATCH', `/repos/${this.repository}/issues/comments/${id}`, { body });
  }

  async deleteComment(role: string, id: number): Promise<void> {
    await this.ask(this.person(role).token, 'DELETE', `/repos/${this.repository}/issues/comments/${id}`);
  }

  async editPull(number: number, change: object): Promise<void> {
    await this.ask(this.person('member').token, 'PATCH', `/repos/${this.repository}/pulls/${number}`, change);
  }

  async review(role: string, number: number, said: { body: string; event: string }): Promise<void> {
    await this.ask(this.person(role).token, 'POST', `/repos/${this.repository}/pulls/${number}/reviews`, said);
  }

  /** What the API answers. @throws where it answers with an error. */
  async ask(authorization: string, method: string, path: string, json?: object): Promise<Record<string, unknown>> {
    const credentials = authorization.startsWith('Basic ') ? authorization : `token ${authorization}`;
    const answer = await fetch(`${this.server.url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: credentials },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  async #addPerson(role: string): Promise<void> {
    const login = `${role}-${randomBytes(4).toString('hex')}`;
    const account = { username: login, email: `${login}@example.org`, password: PASSWORD, must_change_password: false };
    await this.ask(this.server.adminToken, 'POST', '/admin/users', account);
    this.#people.set(role, { login, token: await this.#newToken(login, ['all']) });
  }

  async #newToken(login: string, scopes: readonly string[]): Promise<string> {
    const basic = `Basic ${Buffer.from(`${login}:${PASSWORD}`).toString('base64')}`;
    const wanted = { name: randomBytes(4).toString('hex'), scopes };
    return String((await this.ask(basic, 'POST', `/users/${login}/tokens`, wanted)).sha1);
  }
}

/** What `look` gives once it is right, or last. */
export async function eventually<T>(look: () => Promise<T>, isRight: (seen: T) => boolean): Promise<T> {
  let seen = await look();
  for (let looks = 0; looks < LOOKS && !isRight(seen); looks += 1) {
    await systemClock.sleep(PAUSE_MS);
    seen = await look();
  }
  return seen;
}
