import type { HealthGate } from '../../lib/app/health-gate.ts';
import type { Mirrors } from '../../lib/app/mirrors.ts';
import type { AppConnection } from '../../lib/checks/app-connection.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CommandRunner } from '../../lib/exec/command.ts';
import type { Log } from '../../lib/log.ts';
import type { ContainerLimits, Platform, PlatformKind } from '../../lib/platform/platform.ts';
import type { RecipeLinter } from '../../lib/recipe/recipe-linter.ts';
import type { Limits } from '../../lib/runtime/limits.ts';
import type { Enqueue } from '../../lib/runtime/reconciler.ts';
import type { SetReader } from '../../lib/snapshot/set-reader.ts';
import type { ObjectStore } from '../../lib/store/store.ts';
import type { UsageSampler } from './steps/usage-sampler.ts';

/** The configuration that runs need. Durations in milliseconds. */
export interface RunSettings {
  stateDirectory: string;
  specDirectory: string;
  zone: string;
  maxRuns: number;
  /** Template with `{recipe}`, or undefined. */
  recipeSource: string | undefined;
  allowRecipeTests: readonly string[];
  /** What each container of an untrusted commit may take. */
  untrusted: ContainerLimits;
  /** PATH of hooks and tests. */
  path: string;
  platformKind: PlatformKind;
  diskFloorBytes: number;
  /** How HTTP tests and hooks reach apps; the same as the health gate has. */
  connection: AppConnection;
}

/** Everything a run works with; comes in through the constructor of the reconciler. */
export interface RunServices {
  store: ObjectStore;
  platform: Platform;
  mirrors: Mirrors;
  /** Of the tool that deploys; absent: our own table decides. */
  linter?: RecipeLinter;
  /** How the bytes of sets are looked at; absent: on the disk. */
  setReader?: SetReader;
  /** Measures what apps under test use. */
  usage: UsageSampler;
  gate: HealthGate;
  runner: CommandRunner;
  limits: Limits;
  clock: Clock;
  log: Log;
  settings: RunSettings;
  enqueue: Enqueue;
  /** Names this process among all that ever worked on the state directory. */
  session: string;
  instanceId: string;
}
