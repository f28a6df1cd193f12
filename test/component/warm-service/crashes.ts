import type { WarmServiceJournal } from '../../../controllers/warm-service/journal.ts';
import { CcError } from '../../../lib/errors.ts';
import { KEY, type Shop } from './warm-bench.ts';

/** `After`: killed once the step is journaled. `Before`: killed by the write that was to journal it. */
export type CrashMoment = 'After' | 'Before';

/** Drives a shop and kills its controller at each of some steps, `<operation> <step>`, once. */
export class Crashes {
  /** Where it was killed, in order. */
  readonly seen: string[] = [];
  readonly #shop: Shop;
  readonly #moment: CrashMoment;
  readonly #at: ReadonlySet<string>;
  #killed = false;

  constructor(shop: Shop, moment: CrashMoment, at: readonly string[]) {
    this.#shop = shop;
    this.#moment = moment;
    this.#at = new Set(at);
    this.#arm();
  }

  /** Passes until the condition holds, with a new start of the controller after each kill. */
  async until(condition: () => Promise<boolean>, what: string): Promise<void> {
    const { bench } = this.#shop;
    await bench.until(async () => {
      if (this.#moment === 'After') this.#note(await this.#shop.journal().catch(() => undefined));
      if (this.#killed) {
        this.#killed = false;
        await bench.restart();
        this.#arm();
      }
      return await condition();
    }, what);
  }

  /** The next write that journals one of the steps fails, as if the process had ended in it. */
  #arm(): void {
    if (this.#moment === 'After') return;
    const { store } = this.#shop.bench;
    const write = store.writeJournal.bind(store);
    store.writeJournal = async (key, journal) => {
      if (key.kind === KEY.kind) this.#note(journal as WarmServiceJournal);
      if (this.#killed) throw new CcError('Internal', 'the controller was killed in this write');
      await write(key, journal);
    };
  }

  #note(journal: WarmServiceJournal | undefined): void {
    const { operation } = journal ?? {};
    const place = `${operation?.type} ${operation?.steps.done.at(-1)}`;
    if (!this.#at.has(place) || this.seen.includes(place)) return;
    this.seen.push(place);
    this.#killed = true;
  }
}
