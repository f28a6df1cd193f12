/** What a recipe's compose files say, merged, interpolated and in one form. Durations are milliseconds. */
export interface Compose {
  /** In file order. */
  services: ComposeService[];
  /** Top-level named volumes. */
  volumes: Record<string, ComposeVolume>;
  secrets: ComposeSecret[];
  configs: ComposeConfig[];
  networks: Record<string, { external: boolean; name?: string }>;
  /** The files read, in merge order, relative to the recipe. */
  files: string[];
  /** Value of `STACK_NAME` used for the interpolation; empty where none was given. */
  stackName: string;
  /** Variables that the texts of the files read, with a default or without, sorted; not items without a value. */
  readVariables: string[];
  /** Variables read without a value and without a default, sorted; they became empty. */
  unsetVariables: string[];
  /** Environment values in the files that are no strings (`file:line:column service.KEY`): a fault for abra. */
  nonStringValues: string[];
  /** Defaults of variables that do not do what they look like (`file:line:column what`). */
  misleadingDefaults: string[];
  /** Each file as it is written, variables filled in and nothing made uniform: what the docker CLI judges. */
  judged: readonly { file: string; tree: Readonly<Record<string, unknown>> }[];
  /** The merged tree, lists and maps unified, values interpolated. */
  raw: Readonly<Record<string, unknown>>;
  /** `file:line:column` of a key of `raw`, or of the nearest one above it; else the names of the files. */
  placeOf: (path: readonly string[]) => string;
}

export interface ComposeVolume {
  external: boolean;
  name?: string;
}

/** A top-level secret or config. */
export interface ComposeSecret {
  /** Key in the compose file. */
  name: string;
  /** Full name on the engine, with the version suffix. */
  versionedName: string;
  external: boolean;
  /** File of the recipe with the value, where the recipe brings it. */
  file?: string;
  /** Variables in the `name` before interpolation, without STACK_NAME. */
  variables: string[];
}

export interface ComposeConfig extends ComposeSecret {
  templateDriver?: string;
}

export interface ComposeMount {
  /** Volume key, host path, or empty for an anonymous volume and tmpfs. */
  source: string;
  target: string;
  type: 'volume' | 'bind' | 'tmpfs';
  readOnly: boolean;
}

export interface ComposeReference {
  source: string;
  target: string;
  /** Permission bits. */
  mode?: number;
}

export interface ComposeHealthcheck {
  intervalMs: number;
  timeoutMs: number;
  retries: number;
  startPeriodMs: number;
  /** As in the file: list form with `CMD` or `CMD-SHELL` first, or one shell line. Absent: the image's own test. */
  test?: string | string[];
  disable: boolean;
}

/** The `x-process` block: how the process platform runs the service. */
export interface ComposeProcess {
  command: string[];
  port?: number;
  /** Extra ports by name. */
  ports: Record<string, number>;
  environment: Record<string, string>;
  healthcheck?: { command: string[] };
}

export interface ComposeService {
  name: string;
  /** Empty where the file has none: a lint error, not a reading error. */
  image: string;
  /** `deploy.labels`. */
  labels: Record<string, string>;
  /** `labels` beside `deploy`: container labels, which swarm tools do not see. */
  containerLabels: Record<string, string>;
  environment: Record<string, string>;
  /** Variables without a value anywhere: the service is to have none of that name, also where its image has one. */
  unset: string[];
  command?: string | string[];
  entrypoint?: string | string[];
  volumes: ComposeMount[];
  secrets: ComposeReference[];
  configs: ComposeReference[];
  networks: string[];
  /** Default 1. */
  replicas: number;
  mode: 'Replicated' | 'Global' | 'ReplicatedJob' | 'GlobalJob';
  /** `deploy.restart_policy.condition`; default Always. */
  restart: 'Always' | 'OnFailure' | 'Never';
  /** Absent: no limit. */
  maxAttempts?: number;
  /** Absent: the engine's default. */
  delayMs?: number;
  /** Default 10 s. */
  stopGraceMs: number;
  healthcheck?: ComposeHealthcheck;
  devices?: string[];
  tmpfs?: string[];
  process?: ComposeProcess;
  /** Keys present on the service in the files, sorted. */
  keys: string[];
}
