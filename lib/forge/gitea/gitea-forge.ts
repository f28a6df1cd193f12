import { isRecord } from '../../api/objects.ts';
import { toTime } from '../../clock.ts';
import {
  type CommentPage,
  type CommitStatus,
  type Forge,
  type ForgeComment,
  ForgeFault,
  type PullRequest,
  type Reaction,
  type TeamName,
} from '../forge.ts';
import { type Answer, GiteaApi, type GiteaSettings } from './api.ts';
import { unreachable } from './faults.ts';
import { objectOf } from './fields.ts';
import { commitOf, isName, numbered, repositoryPath } from './names.ts';
import { type Listed, list } from './pages.ts';
import { dateOf } from './retry-after.ts';
import { newestStatuses, toComment, toPull, toReview, toStatus } from './shapes.ts';
import { Teams } from './teams.ts';

/** Gitea, by its API; Forgejo speaks the same. Keeps nothing between two calls but numbers of teams. */
export class GiteaForge implements Forge {
  readonly #api: GiteaApi;
  readonly #teams: Teams;

  /** @throws CcError `Misconfigured` for a URL that is none. */
  constructor(settings: GiteaSettings) {
    this.#api = new GiteaApi(settings);
    this.#teams = new Teams(this.#api);
  }

  async self(signal: AbortSignal): Promise<string> {
    return objectOf(await this.#api.ask({ path: '/user' }, signal)).text('login');
  }

  async comments(repository: string, since: string | undefined, signal: AbortSignal): Promise<CommentPage> {
    const path = `${repositoryPath(repository)}/issues/comments`;
    const { items, first } = await this.#comments(path, since === undefined ? {} : { since }, signal);
    const date = dateOf(first.headers);
    if (date === undefined) throw unreachable(first.asked, 'the answer has no Date, by which comments are asked for');
    return { comments: inOrder(items), time: `${toTime(date).slice(0, 19)}Z` };
  }

  async commentsOf(repository: string, pull: number, signal: AbortSignal): Promise<ForgeComment[]> {
    const path = `${repositoryPath(repository)}/issues/${numbered(pull)}/comments`;
    return inOrder((await this.#comments(path, {}, signal)).items);
  }

  async reviewsOf(repository: string, pull: number, signal: AbortSignal): Promise<ForgeComment[]> {
    const path = `${repositoryPath(repository)}/pulls/${numbered(pull)}/reviews`;
    const listing = {
      path,
      read: (fields: Parameters<typeof toReview>[0]) => ({ id: fields.number('id'), review: toReview(fields, pull) }),
      key: ({ id }: { id: number }) => id,
    };
    const { items } = await list(this.#api, listing, signal);
    return inOrder(items.flatMap(({ review }) => review ?? []));
  }

  async openPulls(repository: string, signal: AbortSignal): Promise<PullRequest[]> {
    const path = `${repositoryPath(repository)}/pulls`;
    const query = { state: 'open', sort: 'recentupdate' };
    const { items } = await list(this.#api, { path, query, read: toPull, key: ({ number }) => number }, signal);
    return items;
  }

  async pull(repository: string, number: number, signal: AbortSignal): Promise<PullRequest> {
    const path = `${repositoryPath(repository)}/pulls/${numbered(number)}`;
    return toPull(objectOf(await this.#api.ask({ path }, signal)));
  }

  async isMember(organisation: string, login: string, signal: AbortSignal): Promise<boolean> {
    if (!isName(organisation) || !isName(login)) return false;
    const answer = await this.#found({ path: `/orgs/${organisation}/members/${login}` }, signal);
    if (answer === undefined) return false;
    // Whoever is in says so without a word; a page is a proxy's.
    if (answer.status === 204) return true;
    throw unreachable(answer.asked, `answered ${answer.status}, which says nothing`, { status: answer.status });
  }

  async isTeamMember(team: TeamName, login: string, signal: AbortSignal): Promise<boolean> {
    const id = await this.#teams.number(team, signal);
    if (!isName(login)) return false;
    const answer = await this.#found({ path: `/teams/${id}/members/${login}` }, signal);
    return answer !== undefined && objectOf(answer).text('login').toLowerCase() === login.toLowerCase();
  }

  async statuses(repository: string, commit: string, signal: AbortSignal): Promise<CommitStatus[]> {
    const path = repositoryPath(repository);
    const listing = {
      path: `${path}/commits/${commitOf(commit)}/status`,
      itemsOf: (page: unknown) => (isCombined(page) ? page.statuses : page),
      read: toStatus,
      key: ({ id, context }: ReturnType<typeof toStatus>) => `${id} ${context}`,
    };
    try {
      return newestStatuses((await list(this.#api, listing, signal)).items);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // An unknown commit is not found, and so is a repository: one of them has no status.
      await this.#api.ask({ path }, signal);
      return [];
    }
  }

  async setStatus(repository: string, commit: string, status: CommitStatus, signal: AbortSignal): Promise<void> {
    const path = `${repositoryPath(repository)}/statuses/${commitOf(commit)}`;
    const { context, state, description, url = '' } = status;
    const json = { context, state, description, target_url: url };
    toStatus(objectOf(await this.#api.ask({ method: 'POST', path, json }, signal)));
  }

  async comment(repository: string, id: number, signal: AbortSignal): Promise<ForgeComment> {
    return commentIn(await this.#api.ask({ path: commentPath(repository, id) }, signal));
  }

  async addComment(repository: string, pull: number, body: string, signal: AbortSignal): Promise<ForgeComment> {
    const path = `${repositoryPath(repository)}/issues/${numbered(pull)}/comments`;
    return commentIn(await this.#api.ask({ method: 'POST', path, json: { body } }, signal));
  }

  async editComment(repository: string, id: number, body: string, signal: AbortSignal): Promise<ForgeComment> {
    return commentIn(
      await this.#api.ask({ method: 'PATCH', path: commentPath(repository, id), json: { body } }, signal),
    );
  }

  async react(repository: string, comment: number, reaction: Reaction, signal: AbortSignal): Promise<void> {
    const path = `${commentPath(repository, comment)}/reactions`;
    const answer = await this.#api.ask({ method: 'POST', path, json: { content: reaction } }, signal);
    objectOf(answer).text('content');
  }

  #comments(path: string, query: Record<string, string>, signal: AbortSignal): Promise<Listed<ForgeComment>> {
    return list(this.#api, { path, query, read: toComment, key: ({ id }) => id }, signal);
  }

  /** Undefined where the API says that there is none. */
  async #found(request: { path: string }, signal: AbortSignal): Promise<Answer | undefined> {
    try {
      return await this.#api.ask(request, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

function commentPath(repository: string, id: number): string {
  return `${repositoryPath(repository)}/issues/comments/${numbered(id)}`;
}

/** @throws ForgeFault `NotFound` for an event of a conversation that is no comment, which is answered with nothing. */
function commentIn(answer: Answer): ForgeComment {
  if (answer.status === 204) throw new ForgeFault('NotFound', `${answer.asked}: that is no comment`, { status: 204 });
  return toComment(objectOf(answer));
}

function isCombined(page: unknown): page is { statuses: unknown } {
  return isRecord(page) && 'statuses' in page;
}

function isNotFound(error: unknown): boolean {
  return error instanceof ForgeFault && error.reason === 'NotFound';
}

/** Numbers are given in the order of writing. */
function inOrder(comments: ForgeComment[]): ForgeComment[] {
  return comments.toSorted((one, other) => one.id - other.id);
}
