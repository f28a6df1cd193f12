import { join } from 'node:path';
import { checkedName, StateLayout } from '../state-layout.ts';

/** Where the process platform keeps what, beside what all do. */
export class ProcessLayout extends StateLayout {
  /** One empty file per domain, written when something of the app changed; the directory to watch. */
  get changes(): string {
    return join(this.state, 'changes');
  }

  change(domain: string): string {
    return join(this.changes, checkedName('domain', domain));
  }

  app(domain: string): AppLayout {
    return appLayout(this.directory(domain));
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
    volume: (name) => join(volumes, checkedName('volume', name)),
    service: (name) => serviceLayout(join(services, checkedName('service', name))),
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
