/** Old answers of a platform, each given once more to whoever asks next. */
export class StaleAnswers {
  readonly #answers = new Map<string, unknown>();

  keep(method: string, domain: string, answer: unknown): void {
    this.#answers.set(`${method} ${domain}`, answer);
  }

  take<T>(method: string, domain: string): T | undefined {
    const key = `${method} ${domain}`;
    const answer = this.#answers.get(key) as T | undefined;
    this.#answers.delete(key);
    return answer;
  }
}
