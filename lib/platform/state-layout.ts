import { join } from 'node:path';
import { CcError } from '../errors.ts';

/** Where the platforms keep what, below the state directory. Names are checked, so no path leaves it. */
export class StateLayout {
  readonly state: string;

  /** @param stateDirectory absolute path. */
  constructor(stateDirectory: string) {
    this.state = stateDirectory;
  }

  /** All apps, one directory per domain. */
  get apps(): string {
    return join(this.state, 'apps');
  }

  /** One file per reserved port, named by the number; its text names the owner. */
  get ports(): string {
    return join(this.state, 'ports');
  }

  /** That of one app. @throws CcError `InvalidInput`. */
  directory(domain: string): string {
    return join(this.apps, checkedName('domain', domain));
  }
}

/** A name that can be that of a file or directory of ours. @throws CcError `InvalidInput`; `what` says what it names. */
export function checkedName(what: string, name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/.test(name)) return name;
  const remedy = 'Use letters, digits, dots, dashes and underscores, beginning with a letter, digit or underscore.';
  throw new CcError('InvalidInput', `${what} ${JSON.stringify(name)} is no valid name`, { remedy });
}
