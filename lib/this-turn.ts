/**
 * A look at something outside that is good for the present turn of the event loop, no longer: who asks again in it is told
 * what the first one saw. For what many ask for one after the other, where a change that a moment later shows is soon enough.
 */
export class ThisTurn<T> {
  readonly #look: () => T;
  #seen: { value: T } | undefined;

  constructor(look: () => T) {
    this.#look = look;
  }

  get(): T {
    if (this.#seen === undefined) {
      this.#seen = { value: this.#look() };
      // Runs once nothing is left to do of this turn.
      process.nextTick(() => this.forget());
    }
    return this.#seen.value;
  }

  /** The next one who asks looks. */
  forget(): void {
    this.#seen = undefined;
  }
}
