/**
 * A forge: where repositories have pull requests that people comment on. Every call is one or more requests to its API;
 * every one rejects with a {@link ForgeFault} when the forge does not do what was asked.
 */
export interface Forge {
  /** Login of the account whose token this is. @throws ForgeFault `MissingScope` where the token may not tell. */
  self(signal: AbortSignal): Promise<string>;
  /** Comments of issues and pull requests that were written or edited since, in the order in which they were written. */
  comments(repository: string, since: string | undefined, signal: AbortSignal): Promise<CommentPage>;
  /** All comments of one pull request, in the order in which they were written; bodies of reviews are not among them. */
  commentsOf(repository: string, pull: number, signal: AbortSignal): Promise<ForgeComment[]>;
  /** Reviews of one pull request that have a body. */
  reviewsOf(repository: string, pull: number, signal: AbortSignal): Promise<ForgeComment[]>;
  /** Pull requests that are open, the one that changed last first. */
  openPulls(repository: string, signal: AbortSignal): Promise<PullRequest[]>;
  /** @throws ForgeFault `NotFound` where there is none of that number. */
  pull(repository: string, number: number, signal: AbortSignal): Promise<PullRequest>;
  /** False also for a login, or an organisation, that does not exist. */
  isMember(organisation: string, login: string, signal: AbortSignal): Promise<boolean>;
  /** The team by its name, in any case. @throws ForgeFault `NotFound` where there is no such team or organisation. */
  isTeamMember(team: TeamName, login: string, signal: AbortSignal): Promise<boolean>;
  /** The newest status of each context of the commit. */
  statuses(repository: string, commit: string, signal: AbortSignal): Promise<CommitStatus[]>;
  setStatus(repository: string, commit: string, status: CommitStatus, signal: AbortSignal): Promise<void>;
  /** @throws ForgeFault `NotFound` where the comment was deleted. */
  comment(repository: string, id: number, signal: AbortSignal): Promise<ForgeComment>;
  addComment(repository: string, pull: number, body: string, signal: AbortSignal): Promise<ForgeComment>;
  /** Edits the comment whoever wrote it: ask for its author before. @throws ForgeFault `NotFound` where it was deleted. */
  editComment(repository: string, id: number, body: string, signal: AbortSignal): Promise<ForgeComment>;
  /** Idempotent. */
  react(repository: string, comment: number, reaction: Reaction, signal: AbortSignal): Promise<void>;
}

/** What a look at the comments gave. */
export interface CommentPage {
  comments: ForgeComment[];
  /** The forge's clock when it answered first, RFC 3339 in whole seconds. */
  time: string;
}

/** A comment, or the body of a review. */
export interface ForgeComment {
  /** Unique among comments of the forge; a review's among reviews. */
  id: number;
  kind: 'Comment' | 'Review';
  /** Number of its pull request; undefined for comments of plain issues. */
  pull?: number;
  author: string;
  body: string;
  /** RFC 3339, by the forge's clock. */
  createdTime: string;
  updatedTime: string;
  /** Where people read it. */
  url: string;
}

export interface PullRequest {
  number: number;
  url: string;
  title: string;
  author: string;
  state: 'Open' | 'Closed';
  merged: boolean;
  draft: boolean;
  /** The commit that is to be merged, and the repository it lies in; absent where that was deleted. */
  head: { commit: string; repository?: string };
  /** The branch that it is to be merged into. */
  base: { branch: string; commit: string };
  /** RFC 3339, by the forge's clock. */
  updatedTime: string;
}

/** A team of an organisation. */
export interface TeamName {
  organisation: string;
  team: string;
}

/** A status of a commit, of one context. */
export interface CommitStatus {
  context: string;
  state: 'pending' | 'success' | 'failure' | 'error';
  description: string;
  /** Address of the details; absent: none. */
  url?: string;
}

/** What a comment can be answered with, without a word. */
export type Reaction = 'eyes' | 'confused';

/** Why a forge did not do what was asked. */
export type ForgeFaultReason =
  /** No answer, or one that is none of an API: a proxy's page, a broken body. */
  | 'Unreachable'
  /** It failed itself (5xx). An unknown commit is told like this by a status, too. */
  | 'ServerFault'
  /** The token is not one, or not one any more (401). */
  | 'Unauthorised'
  /** The token may not do this (403); the message names the scope that it lacks, where the forge said it. */
  | 'MissingScope'
  /** There is no such thing, or the token may not see it (404). */
  | 'NotFound'
  /** It refuses what it was given (other 4xx): asking again does not help. */
  | 'Refused'
  /** Too many requests (429). */
  | 'TooMany';

/** A request to a forge that did not do what it should. */
export class ForgeFault extends Error {
  readonly reason: ForgeFaultReason;
  /** HTTP status; absent where no answer came. */
  readonly status?: number;
  /** So long the forge wants not to be asked, milliseconds. */
  readonly retryAfterMs?: number;

  constructor(
    reason: ForgeFaultReason,
    message: string,
    facts: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: facts.cause });
    this.name = 'ForgeFault';
    this.reason = reason;
    if (facts.status !== undefined) this.status = facts.status;
    if (facts.retryAfterMs !== undefined) this.retryAfterMs = facts.retryAfterMs;
  }
}
