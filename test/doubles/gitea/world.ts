import type { GitStore } from './git-store.ts';
import type { State } from './state.ts';

/** An event that webhooks are sent for. */
export interface Sending {
  /** `X-Gitea-Event`. */
  event: string;
  /** `X-Gitea-Event-Type`; which hooks want it goes by this. */
  type: string;
  body: object;
}

/** What actions work on. */
export interface World {
  readonly state: State;
  readonly git: GitStore;
  /** Where the forge is reached, without a slash at the end. */
  readonly url: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Sends an event to the hooks of a repository, in the background and in order. */
  readonly send: (repository: number, sending: Sending) => void;
}
