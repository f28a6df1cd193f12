import { ForgeFault, type TeamName } from '../forge.ts';
import type { GiteaApi } from './api.ts';
import { isName } from './names.ts';
import { list } from './pages.ts';

/** How long the number of a team is believed: a team that was made anew has another. */
const KEPT_MS = 5 * 60_000;

/** Numbers of teams by their names. */
export class Teams {
  readonly #api: GiteaApi;
  readonly #kept = new Map<string, { id: number; untilMs: number }>();

  constructor(api: GiteaApi) {
    this.#api = api;
  }

  /** @throws ForgeFault `NotFound` where there is no such team or organisation; as `GiteaApi.ask`. */
  async number({ organisation, team }: TeamName, signal: AbortSignal): Promise<number> {
    const nowMs = this.#api.clock.monotonicMs();
    const key = `${organisation}/${team}`.toLowerCase();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.untilMs > nowMs) return kept.id;
    this.#kept.delete(key);
    const id = await this.#find(organisation, team, signal);
    this.#kept.set(key, { id, untilMs: nowMs + KEPT_MS });
    return id;
  }

  async #find(organisation: string, team: string, signal: AbortSignal): Promise<number> {
    const missing = `there is no team ${team} in ${organisation}`;
    if (!isName(organisation)) throw new ForgeFault('NotFound', missing);
    const { items } = await list(
      this.#api,
      {
        path: `/orgs/${organisation}/teams`,
        read: (fields) => ({ id: fields.number('id'), name: fields.text('name') }),
        key: ({ id }) => id,
      },
      signal,
    );
    const found = items.find(({ name }) => name.toLowerCase() === team.toLowerCase());
    if (found === undefined) throw new ForgeFault('NotFound', missing);
    return found.id;
  }
}
