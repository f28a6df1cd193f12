import { keyText } from '../../lib/api/kinds.ts';
import { canonicalInForce, isGoing } from '../../lib/app/enrolment.ts';
import { repeat, type Timer } from '../../lib/clock.ts';
import { readTriggerRecords } from '../../lib/forge/trigger-record.ts';
import { RecordFiles } from '../../lib/fs/record-files.ts';
import { orWarn } from '../../lib/log.ts';
import type { ForgeActivity } from '../../lib/metrics/forge-source.ts';
import type { Enrolment, TriggerServices } from './services.ts';
import { TriggerLoop } from './trigger-loop.ts';

/** How often it is looked which repositories are enrolled, at most, milliseconds. */
const LOOK_MS = 5_000;

/** Pull requests in, answers out: one {@link TriggerLoop} for each repository that a Canonical names in its `trigger`. */
export class Bridge {
  readonly #options: TriggerServices;
  readonly #records: RecordFiles;
  /** By repository, lower case. */
  readonly #loops = new Map<string, TriggerLoop>();
  #timer: Timer | undefined;
  #resumed: Promise<void> | undefined;
  /** What was told already. */
  readonly #told = new Set<string>();

  constructor(options: TriggerServices) {
    this.#options = options;
    this.#records = new RecordFiles(options.settings.stateDirectory);
  }

  start(): void {
    const { clock, settings } = this.#options;
    this.#look();
    this.#timer = repeat(clock, Math.min(LOOK_MS, settings.pollIntervalMs), async () => this.#look());
  }

  /** A Run changed. */
  runChanged(): void {
    for (const loop of this.#loops.values()) loop.wake();
  }

  /** A repository may have news. @returns whether it is enrolled. */
  wake(repository: string): boolean {
    const loop = this.#loops.get(repository.toLowerCase());
    loop?.wakePoll();
    return loop !== undefined;
  }

  /** The triggers there are, those that end among them. */
  loops(): readonly TriggerLoop[] {
    return [...this.#loops.values()];
  }

  /** What metrics tell of the forge, from memory. */
  get activity(): ForgeActivity {
    return {
      polls: () => this.loops().filter(({ isRetired }) => !isRetired),
      outbox: () => {
        const depths = this.loops().map(({ depth }) => depth);
        return depths.includes(undefined) ? undefined : depths.reduce<number>((sum, depth = 0) => sum + depth, 0);
      },
    };
  }

  /** Resolves once nothing is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#resumed;
    await Promise.all(this.loops().map((loop) => loop.stop()));
  }

  #look(): void {
    const enrolled = this.#enrolled();
    for (const [key, { repository, ...enrolment }] of enrolled) {
      const loop = this.#loops.get(key);
      if (loop !== undefined && !loop.hasEnded) loop.enrol(enrolment);
      else this.#open(key, repository, enrolment);
    }
    // A Canonical that was not listed yet is not gone.
    if (!this.#options.store.complete()) return;
    for (const [key, loop] of this.#loops) if (!enrolled.has(key)) loop.retire();
    this.#resumed ??= this.#resumeRetired().catch(orWarn(this.#options.log, 'triggers of before cannot be read'));
  }

  #open(key: string, repository: string, enrolment: Enrolment): TriggerLoop {
    const loop = new TriggerLoop({ services: this.#options, repository, records: this.#records, enrolment });
    this.#loops.set(key, loop);
    loop.start();
    return loop;
  }

  /** Repositories that nobody names any more, and of which a controller before this one had something left to do. */
  async #resumeRetired(): Promise<void> {
    const { settings } = this.#options;
    for (const record of await readTriggerRecords(this.#records, settings.stateDirectory)) {
      const { repository, forge, canonical, recipe } = record;
      const isOurs = forge === settings.url && canonical !== undefined && recipe !== undefined;
      if (!isOurs || this.#loops.has(repository.toLowerCase())) continue;
      this.#open(repository.toLowerCase(), repository, { canonical, recipe }).retire();
    }
  }

  /** By repository; of two Canonicals that name one, the first by age has it. */
  #enrolled(): Map<string, Enrolment & { repository: string }> {
    const { store } = this.#options;
    const found = new Map<string, Enrolment & { repository: string }>();
    const byAge = store.list('Canonical').toSorted((a, b) => (a.creationTimestamp < b.creationTimestamp ? -1 : 1));
    for (const object of byAge) {
      const spec = isGoing(object) ? undefined : canonicalInForce(object);
      if (spec?.trigger === undefined) continue;
      const { repository } = spec.trigger;
      const key = repository.toLowerCase();
      const holder = found.get(key);
      if (holder === undefined) found.set(key, { repository, canonical: object.name, recipe: spec.app.recipe });
      else this.#tellDuplicate(object.name, `${repository} is the trigger of canonical/${holder.canonical} already`);
    }
    return found;
  }

  #tellDuplicate(name: string, message: string): void {
    const key = { kind: 'Canonical', name } as const;
    if (this.#told.has(`${keyText(key)} ${message}`)) return;
    this.#told.add(`${keyText(key)} ${message}`);
    const told = this.#options.store.event(key, { type: 'Warning', reason: 'DuplicateRepository', message });
    void told.catch(orWarn(this.#options.log, 'an event could not be written'));
  }
}
