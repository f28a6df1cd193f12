import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { CommandRunner } from '../exec/command.ts';
import { joinInside } from '../fs/join-inside.ts';
import { RecipeMirror } from '../recipe/mirror.ts';

export interface MirrorsOptions {
  stateDirectory: string;
  instanceId: string;
  runner: CommandRunner;
  clock: Clock;
  /** PATH of the git children. */
  path: string;
}

/** The bare mirrors of this instance: one per source, `recipes/<recipe>-<hash8(source)>.git`. */
export class Mirrors {
  readonly #options: MirrorsOptions;
  readonly #open = new Map<string, RecipeMirror>();

  constructor(options: MirrorsOptions) {
    this.#options = options;
  }

  /**
   * The mirror of a source; always the same object, so that its writes are serial.
   * @throws CcError `InvalidInput` for a source that is neither a git URL nor an absolute path.
   */
  of(recipe: string, source: string): RecipeMirror {
    const hash = createHash('sha256').update(source).digest('hex').slice(0, 8);
    const name = `${recipe}-${hash}.git`;
    const known = this.#open.get(name);
    if (known) return known;
    const { stateDirectory, instanceId, runner, clock, path } = this.#options;
    const mirror = new RecipeMirror({
      directory: joinInside(stateDirectory, 'recipes', name),
      source,
      runner,
      clock,
      path,
      token: () => `${instanceId}/child/${randomUUID()}`,
    });
    this.#open.set(name, mirror);
    return mirror;
  }
}
