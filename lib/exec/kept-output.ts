/** Keeps the first and the last half of so many bytes of an output, and drops what is between. */
export class KeptOutput {
  readonly #half: number;
  readonly #head: Buffer[] = [];
  readonly #tail: Buffer[] = [];
  #headBytes = 0;
  #tailBytes = 0;
  #cut = false;

  /** @param limitBytes Default: 1 MiB. */
  constructor(limitBytes: number = 1024 * 1024) {
    this.#half = Math.floor(limitBytes / 2);
  }

  push(chunk: Buffer): void {
    const first = chunk.subarray(0, this.#half - this.#headBytes);
    if (first.length > 0) this.#head.push(first);
    this.#headBytes += first.length;
    const rest = chunk.subarray(first.length);
    if (rest.length > 0) this.#pushTail(rest);
  }

  /** Something was dropped. */
  get truncated(): boolean {
    return this.#cut || this.#tailBytes > this.#half;
  }

  /** What was kept, as UTF-8; a line in square brackets stands for what was dropped. */
  text(): string {
    const tail = Buffer.concat(this.#tail);
    const over = Math.max(0, tail.length - this.#half);
    const head = Buffer.concat(this.#head);
    if (!this.#cut && over === 0) return Buffer.concat([head, tail]).toString('utf8');
    return `${head.toString('utf8')}\n[… output cut …]\n${tail.subarray(over).toString('utf8')}`;
  }

  #pushTail(chunk: Buffer): void {
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    for (let first = this.#tail[0]; first && this.#tailBytes - first.length >= this.#half; first = this.#tail[0]) {
      this.#tail.shift();
      this.#tailBytes -= first.length;
      this.#cut = true;
    }
  }
}
