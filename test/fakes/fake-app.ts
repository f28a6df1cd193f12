import type {
  AppSpec,
  ExecOptions,
  ExecResult,
  Revision,
  ServiceObservation,
  TaskObservation,
  Volume,
} from '../../lib/platform/platform.ts';

/** What a service of the fake does once it is started. */
export type FakeConduct =
  | 'Runs'
  | 'CrashLoops'
  | 'NeverUp'
  | 'Completes'
  | 'Fails'
  | 'Rejected'
  | 'LacksPath'
  | 'Unplaceable';

export interface FakeService {
  name: string;
  image?: string;
  replicas?: number;
  restart?: ServiceObservation['restart'];
  update?: ServiceObservation['update'];
  conduct?: FakeConduct;
  /** Names of its ports; the empty string is the main one. */
  ports?: readonly string[];
  logs?: readonly string[];
  /** What each of its tasks holds, and the most that it ever held; default: 10 MiB, and no mark. */
  memoryBytes?: number;
  mostMemoryBytes?: number;
}

/** How a commit behaves; what is left out is a service `app` with a port and a volume `data` that runs. */
export interface FakeBehaviour {
  services?: readonly FakeService[];
  volumes?: readonly string[];
  ignored?: readonly string[];
  /** Where it answers; default: its main port. */
  url?: string;
  /** Why the ingress leads nobody to its domain. */
  unrouted?: string;
  /** `check` and `deploy` refuse with this text (`Unsupported`). */
  unsupported?: string;
  /** Called at every start of the services; may write into the volumes, as a migration would. */
  onStart?: (volumes: readonly Volume[]) => Promise<void>;
  /** Answers `exec`; default: exit 0, argv on stdout. */
  exec?: (service: string, argv: readonly string[], options: ExecOptions) => Promise<ExecResult>;
}

/** All the fake knows of an app but its volumes' bytes. */
export interface FakeApp {
  applied?: { spec: AppSpec; revision: Revision; version: number };
  stopped: boolean;
  /** A mutation died half-way: the old is neither there nor gone. */
  torn: boolean;
  tasks: Map<string, { version: number; task: Omit<TaskObservation, 'current'> }[]>;
  ports: Map<string, number>;
  volumes: Set<string>;
  /** What somebody else did to it since the spec was applied. */
  changedByOthers?: string;
}

/** A service as a platform shows it. */
export function observeService(app: FakeApp, service: FakeService): ServiceObservation {
  return {
    name: service.name,
    image: service.image ?? `example/${service.name}:1`,
    replicas: service.replicas ?? 1,
    restart: service.restart ?? 'Always',
    update: app.torn ? 'Updating' : (service.update ?? 'None'),
    tasks: (app.tasks.get(service.name) ?? []).map(({ version, task }) => ({
      ...task,
      current: version === app.applied?.version,
    })),
  };
}

/** The tasks a start of the service makes at once. */
export function tasksOf(service: FakeService, now: number): Omit<TaskObservation, 'current'>[] {
  if (service.replicas === 0) return [];
  const exited = (exitCode: number) => ({ state: 'Exited' as const, startedAt: now, endedAt: now, exitCode });
  switch (service.conduct ?? 'Runs') {
    case 'Runs':
      return Array.from({ length: service.replicas ?? 1 }, () => ({ state: 'Running', startedAt: now }));
    case 'CrashLoops':
      return [exited(1), exited(1), exited(1)];
    case 'NeverUp':
      return [{ state: 'Starting', startedAt: now }];
    case 'Completes':
      return [exited(0)];
    case 'Fails':
      return [exited(1)];
    case 'Rejected':
      return Array.from({ length: 3 }, () => ({ state: 'Rejected', startedAt: now, message: 'No such image' }));
    case 'LacksPath': {
      const hostLacks = { what: 'the path /srv/x of a bind mount', remedy: 'Make /srv/x there.' };
      return [{ state: 'Rejected', startedAt: now, message: 'bind source path does not exist: /srv/x', hostLacks }];
    }
    case 'Unplaceable':
      return [{ state: 'Unplaceable', startedAt: now, message: 'no suitable node' }];
  }
}
