import { type Forge, ForgeFault } from './forge.ts';

/** Whose token ours is: asked once, or learnt from what it wrote where it may not ask. */
export class Account {
  readonly #forge: Pick<Forge, 'self'>;
  #login: string | undefined;

  /** @param known login that was learnt before. */
  constructor(forge: Pick<Forge, 'self'>, known: string | undefined) {
    this.#forge = forge;
    this.#login = known;
  }

  /** Undefined where the token may not tell and has written nothing yet. @throws ForgeFault where the forge fails. */
  async login(signal: AbortSignal): Promise<string | undefined> {
    if (this.#login !== undefined) return this.#login;
    try {
      this.#login = await this.#forge.self(signal);
    } catch (error) {
      if (!(error instanceof ForgeFault) || error.reason !== 'MissingScope') throw error;
    }
    return this.#login;
  }

  /** It wrote something under this login. */
  learn(login: string): void {
    this.#login = login;
  }

  /** The login, as far as it is known. */
  get known(): string | undefined {
    return this.#login;
  }
}
