import { expect } from 'chai';
import { SharedTurns } from '../../lib/shared-turns.ts';

/** Work whose turns end by hand; says how many began. */
class Work {
  readonly #ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly run = (): Promise<void> => new Promise((resolve, reject) => this.#ends.push({ resolve, reject }));

  get begun(): number {
    return this.#ends.length;
  }

  async end(turn: number, error?: Error): Promise<void> {
    const { resolve, reject } = this.#ends[turn] ?? {};
    if (error === undefined) resolve?.();
    else reject?.(error);
    for (let steps = 0; steps < 10; steps += 1) await Promise.resolve();
  }
}

describe('shared turns', () => {
  let turns: SharedTurns;
  let work: Work;
  const over: string[] = [];

  function ask(name: string, key = 'a'): void {
    turns.run(key, work.run).then(
      () => over.push(name),
      (error: Error) => over.push(`${name}: ${error.message}`),
    );
  }

  beforeEach(() => {
    turns = new SharedTurns();
    work = new Work();
    over.length = 0;
  });

  it('give those who ask during a turn one more, which begins after that one', async () => {
    for (const name of ['first', 'second', 'third']) ask(name);
    expect(work.begun).to.equal(1);
    await work.end(0);
    expect(over).to.deep.equal(['first']);
    expect(work.begun).to.equal(2);
    ask('fourth');
    await work.end(1);
    expect(over).to.deep.equal(['first', 'second', 'third']);
    expect(work.begun).to.equal(3);
    await work.end(2);
    expect(over).to.deep.equal(['first', 'second', 'third', 'fourth']);
  });

  it('go on after a turn that failed, whose failure only its own askers see', async () => {
    for (const name of ['first', 'second']) ask(name);
    await work.end(0, new Error('gone'));
    await work.end(1);
    expect(over).to.deep.equal(['first: gone', 'second']);
  });

  it('are begun at once where nobody is at it, and for each key by itself', async () => {
    ask('first');
    await work.end(0);
    ask('second');
    ask('other', 'b');
    expect(work.begun).to.equal(3);
    await work.end(2);
    expect(over).to.deep.equal(['first', 'other']);
  });
});
