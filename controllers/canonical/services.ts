import type { Mirrors } from '../../lib/app/mirrors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CommandRunner } from '../../lib/exec/command.ts';
import type { Log } from '../../lib/log.ts';
import type { Platform, PlatformKind } from '../../lib/platform/platform.ts';
import type { Limits } from '../../lib/runtime/limits.ts';
import type { Enqueue } from '../../lib/runtime/reconciler.ts';
import type { SetReader } from '../../lib/snapshot/set-reader.ts';
import type { ObjectStore } from '../../lib/store/store.ts';

/** The configuration that canonicals need. Durations in milliseconds. */
export interface CanonicalSettings {
  stateDirectory: string;
  zone: string;
  recipeSource: string | undefined;
  path: string;
  platformKind: PlatformKind;
  resyncMs: number;
}

/** Everything a canonical works with; comes in through the constructor of the reconciler. */
export interface CanonicalServices {
  store: ObjectStore;
  platform: Platform;
  mirrors: Mirrors;
  /** How the bytes of sets are looked at; absent: on the disk. */
  setReader?: SetReader;
  runner: CommandRunner;
  limits: Limits;
  clock: Clock;
  log: Log;
  settings: CanonicalSettings;
  enqueue: Enqueue;
  session: string;
  instanceId: string;
}
