import { randomBytes } from 'node:crypto';

/** Values under keys that nobody guesses, for a time; of too many the oldest go. */
export class Kept {
  #lifeMs;
  #limit;
  #entries = new Map();

  constructor({ lifeMs, limit }) {
    this.#lifeMs = lifeMs;
    this.#limit = limit;
  }

  keep(value) {
    const key = randomBytes(24).toString('base64url');
    this.#entries.set(key, { value, until: Date.now() + this.#lifeMs });
    if (this.#entries.size > this.#limit) this.#entries.delete(this.#entries.keys().next().value);
    return key;
  }

  find(key) {
    const entry = this.#entries.get(key);
    if (entry && entry.until > Date.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  take(key) {
    const value = this.find(key);
    this.#entries.delete(key);
    return value;
  }
}
