import type { Compose } from '../../../recipe/compose.ts';
import type { AppRef, AppSpec, Revision } from '../../platform.ts';
import type { Engine, EngineService, EngineStack } from '../engine/engine.ts';

/** A stack to create or update. Everything in it is resolved and was checked. */
export interface StackPlan {
  /** `{port:…}` placeholders of the env are filled in. */
  app: AppSpec;
  revision: Revision;
  /** Name on the engine. */
  stack: string;
  /** The merged files as the engine is to see them. */
  compose: Compose;
  /** Service → image reference to run; pinned by digest where the engine knows one. */
  images: Readonly<Record<string, string>>;
}

/** A secret of an app, to be made on the engine. */
export interface StackSecret {
  /** Key in the compose file. */
  name: string;
  /** Full name on the engine, with the version. */
  versionedName: string;
  /** The version alone: `v1`. */
  version: string;
  /** Absolute path of a 0600 file with the value. */
  file: string;
}

/** What tells whether the services are those of a revision. */
export interface DeployedFacts {
  services: readonly EngineService[];
  /** What was asked for. */
  revision: Pick<Revision, 'commit' | 'version'>;
  stack: string;
}

/**
 * How a stack is put on the engine and taken off it: `docker stack deploy`, or abra. Everything else (observing,
 * waiting, volumes, logs, exec) is the same for both and not in here. Every method is idempotent. Throws CcError:
 * `InvalidInput` (the recipe is refused), `Conflict`, `CommandFailed`, `Unreachable`, `NotFound` (the program is
 * missing), `Aborted`, `DeadlineExceeded`.
 */
export interface StackDriver {
  /** Before anything is touched: what this driver cannot deploy. */
  check(plan: StackPlan, signal: AbortSignal): Promise<void>;
  /** Creates or updates the services, networks and configs; resolves once the spec is applied. */
  apply(plan: StackPlan, signal: AbortSignal): Promise<void>;
  /** Takes the services off; what goes with them may still be going when it resolves. Keeps volumes and secrets. */
  remove(app: AppRef, stack: EngineStack, signal: AbortSignal): Promise<void>;
  /** Makes the secret; its name is free on the engine. */
  createSecret(plan: StackPlan, secret: StackSecret, signal: AbortSignal): Promise<void>;
  /** Whether these services are what `apply` of that revision leaves, by the marks it left on them. */
  isRevision(facts: DeployedFacts): boolean;
  /** Removes what the driver itself keeps of the app outside the engine. */
  forget(app: AppRef, signal: AbortSignal): Promise<void>;
  /** What the driver keeps of the app, one line each; empty after `forget`. */
  leftovers(app: AppRef): Promise<string[]>;
}

/** What work on a stack is done with, until the signal trips. */
export interface StackTools {
  engine: Engine;
  driver: StackDriver;
  signal: AbortSignal;
}
