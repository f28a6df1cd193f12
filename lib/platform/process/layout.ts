import { join } from 'node:path';
import { CcError } from '../../errors.ts';

/** Where the process platform keeps what, below the state directory. Names are checked, so no path leaves it. */
export class ProcessLayout {
  readonly #state: string;

  /** @param stateDirectory absolute path. */
  constructor(stateDirectory: string) {
    this.#state = stateDirectory;
  }

  /** All apps, one directory per domain. */
  get apps(): string {
    return join(this.#state, 'apps');
  }

  /** One file per reserved port, named by the number; its text names the owner. */
  get ports(): string {
    return join(this.#state, 'ports');
  }

  /** One empty file per domain, written when something of the app changed; the directory to watch. */
  get changes(): string {
    return join(this.#state, 'changes');
  }

  change(domain: string): string {
    return join(this.changes, checked('domain', domain));
  }

  app(domain: string): AppLayout {
    return appLayout(join(this.apps, checked('domain', domain)));
  }
}

/** Paths of one app. */
export interface AppLayout {
  directory: string;
  /** What was applied; see `record.ts`. */
  applied: string;
  ports: string;
  services: string;
  volumes: string;
  volume(name: string): string;
  service(name: string): ServiceLayout;
}

/** Paths of one service of an app. */
export interface ServiceLayout {
  directory: string;
  record: string;
  /** The service's output; the older half is beside it with `.1`. */
  log: string;
  /** What the supervisor itself has to say; empty in good times. */
  supervisorLog: string;
  home: string;
}

/** The paths of an app whose directory is known (the supervisor gets it as an argument). */
export function appLayout(directory: string): AppLayout {
  const services = join(directory, 'services');
  const volumes = join(directory, 'volumes');
  return {
    directory,
    applied: join(directory, 'platform.json'),
    ports: join(directory, 'ports.json'),
    services,
    volumes,
    volume: (name) => join(volumes, checked('volume', name)),
    service: (name) => serviceLayout(join(services, checked('service', name))),
  };
}

function serviceLayout(directory: string): ServiceLayout {
  return {
    directory,
    record: join(directory, 'supervisor.json'),
    log: join(directory, 'log'),
    supervisorLog: join(directory, 'supervisor.log'),
    home: join(directory, 'home'),
  };
}

function checked(what: string, name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/.test(name)) return name;
  throw new CcError('InvalidInput', `${what} ${JSON.stringify(name)} is no valid name`, {
    remedy: 'Use letters, digits, dots, dashes and underscores, beginning with a letter, digit or underscore.',
  });
}
