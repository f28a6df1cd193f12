import { join } from 'node:path';
import { CcError } from '../../errors.ts';

/** Where the swarm adapters keep what, below the state directory. Names are checked, so no path leaves it. */
export class SwarmLayout {
  readonly #state: string;

  /** @param stateDirectory absolute path. */
  constructor(stateDirectory: string) {
    this.#state = stateDirectory;
  }

  /** All apps, one directory per domain. */
  get apps(): string {
    return join(this.#state, 'apps');
  }

  /** One file per reserved port. */
  get ports(): string {
    return join(this.#state, 'ports');
  }

  app(domain: string): string {
    if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/.test(domain)) return join(this.apps, domain);
    const remedy = 'Use letters, digits, dots and dashes, beginning with a letter or digit.';
    throw new CcError('InvalidInput', `domain ${JSON.stringify(domain)} is no valid name`, { remedy });
  }

  /** The record of the app's stack. */
  record(domain: string): string {
    return join(this.app(domain), 'swarm.json');
  }
}
