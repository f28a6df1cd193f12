import type { RunStatus } from '../../../lib/api/index.ts';
import { peakMemory } from '../../../lib/run-record/memory-need.ts';
import type { RunJournal } from '../journal.ts';

/** What the last run of each recipe took of memory: a cache of journals, read anew at start. */
export class RecipeNeeds {
  readonly #last = new Map<string, { time: string; bytes: number }>();

  /** Notes a run that ended, where anything of it was measured. Idempotent, in any order. */
  note(recipe: string, { frozen, completionTime = '' }: Pick<RunJournal, 'frozen' | 'completionTime'>): void {
    const bytes = peakMemory((frozen as RunStatus | undefined)?.stages ?? []);
    if (bytes === undefined || completionTime < (this.#last.get(recipe)?.time ?? '')) return;
    this.#last.set(recipe, { time: completionTime, bytes });
  }

  /** Bytes; 0: nobody knows. */
  of(recipe: string): number {
    return this.#last.get(recipe)?.bytes ?? 0;
  }
}
