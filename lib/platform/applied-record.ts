import type { Endpoint } from './platform.ts';

/** What every platform records of what it applied to an app. */
export interface AppliedRecord<Service> {
  /** Names the engine that holds the data. */
  engineId: string;
  /** Digest of all that the deploy depends on; equal means that there is nothing to apply, empty that nothing was. */
  digest: string;
  commit?: string;
  version?: string;
  services: readonly Service[];
  endpoints: readonly Endpoint[];
  /** Short names of all volumes that were ever made and not destroyed: each must exist at every start. */
  volumes: readonly string[];
  /** Those of them that the applied revision uses. */
  mounted: readonly string[];
  ignored: readonly string[];
}

/** What is recorded of an app of which nothing was applied. */
export const NOTHING_APPLIED = {
  state: 'Undeployed',
  digest: '',
  services: [],
  endpoints: [],
  volumes: [],
  mounted: [],
  ignored: [],
} as const;
