/**
 * Lets several loops go on one at a time: each stops where it passes, and once all of them have, one that is chosen goes on
 * to its next stop. What happens between two stops is never interleaved, the order of those parts is whatever is chosen.
 */
export class Turnstile {
  readonly #choose: (count: number) => number;
  readonly #waiting: (() => void)[] = [];
  #loops: number;

  /** @param choose gives one of so many, from 0. */
  constructor(loops: number, choose: (count: number) => number) {
    this.#loops = loops;
    this.#choose = choose;
  }

  async pass(): Promise<void> {
    if (this.#loops <= 0) return;
    await new Promise<void>((go) => {
      this.#waiting.push(go);
      this.#next();
    });
  }

  /** One of the loops is over. */
  end(): void {
    this.#loops -= 1;
    this.#next();
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#waiting.length < this.#loops) return;
    const [go] = this.#waiting.splice(this.#choose(this.#waiting.length), 1);
    go?.();
  }
}

/** Numbers below a bound, the same for the same seed (Park and Miller). */
export function numbersFrom(seed: number): (below: number) => number {
  let state = (Math.abs(seed) % 2_147_483_646) + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
