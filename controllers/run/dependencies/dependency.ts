import type { DefaultedAppBlock, RunDependency } from '../../../lib/api/index.ts';
import { present } from '../../../lib/api/objects.ts';
import type { ReleasedRevision } from '../../../lib/known-good/last-good.ts';
import type { SsoCredentials } from '../../../lib/sso/provider.ts';
import type { ProviderApp } from '../../../lib/sso/provider-app.ts';

/** Why a run deploys a provider of its own. */
export type ColdReason = NonNullable<RunDependency['reason']>;

/** A provider that is deployed for one attempt alone. */
export interface ColdProvider {
  app: DefaultedAppBlock;
  /** Absent: the newest release, which nobody has looked up yet. */
  revision?: ReleasedRevision;
  /** The version that the service is pinned to. */
  pinned?: string;
  /** When it was deployed, milliseconds since the epoch; 0: it was not. */
  appliedMs: number;
}

/** An entry of `ci.dependsOn` as an attempt has it; a draft until its step is journaled. Holds no secret. */
export interface AttemptDependency {
  as: string;
  /** Name of the WarmService. */
  service: string;
  realm: string;
  provider: ProviderApp;
  /** Why, and what: the provider is the attempt's own. Absent: it is that of the WarmService. */
  cold?: ColdProvider & { reason: ColdReason };
  /** Once the realm is made. */
  account?: Omit<SsoCredentials, 'clientSecret' | 'password'>;
  /** What ran there when the realm was made, see `tasksOf`. */
  tasks?: string;
}

/** As a status shows it. Pure. */
export function shownDependency({ as, realm, cold }: AttemptDependency): RunDependency {
  const mode = cold === undefined ? 'Warm' : 'Cold';
  return { as, mode, realm, ...present({ reason: cold?.reason }) };
}
