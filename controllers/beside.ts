import type { Kind } from '../lib/api/kinds.ts';
import type { KindServices } from '../lib/app/kind-services.ts';
import type { KindHoldings } from '../lib/runtime/holdings.ts';
import { runPath } from '../lib/site/paths.ts';
import type { DirectoryGuard } from '../lib/store/directory-guard.ts';
import type { FileStore } from '../lib/store/file-store.ts';
import type { Alerting } from './alerting.ts';
import type { DaemonInputs } from './daemon.ts';
import { startForgeBridge } from './forge-bridge.ts';
import { RealmReaper } from './janitor/realm-reaper.ts';
import type { Observation } from './observation.ts';
import { Site } from './site/site.ts';
import type { TriggerSettings } from './trigger/services.ts';

/** All pages are rendered again after so many resyncs: what changes is written at once. */
const SITE_RESYNCS = 6;

type BesideParts = KindServices & {
  observation: Observation;
  store: FileStore;
  holdings: ReadonlyMap<Kind, KindHoldings>;
};

/** What a reload changes of it, and how it ends. */
export interface Beside {
  /** Absent: no forge is configured. */
  triggers: TriggerSettings | undefined;
  stop(): Promise<void>;
}

/**
 * What works beside the kinds, and needs them: started once they are loaded, before they work, as an address may be taken.
 * @throws CcError as `startForgeBridge`.
 */
export async function startBeside({ config, forge }: DaemonInputs, parts: BesideParts): Promise<Beside> {
  const { store, holdings, observation } = parts;
  const event: FileStore['controllerEvent'] = (one) => store.controllerEvent(one);
  const { url } = config.site;
  const pageOf = (run: string): string | undefined => (url === undefined ? undefined : `${url}${runPath(run)}`);
  const bridge = await startForgeBridge({ ...parts, config, forge, event, pageOf });
  observation.followForge(bridge.bridge?.activity);
  const reaper = RealmReaper.start({ ...parts, holdings: [...holdings.values()], intervalMs: config.resyncMs });
  return { triggers: bridge.settings, stop: async () => void (await Promise.all([reaper.stop(), bridge.stop()])) };
}

type SiteParts = Pick<KindServices, 'instanceId'> & { guard: DirectoryGuard; store: FileStore; told: Alerting['told'] };

/** The status page, which is not started. */
export function siteOf({ config, clock, log, version }: DaemonInputs, { guard, told, ...parts }: SiteParts): Site {
  const { site: settings, stateDirectory, resyncMs } = config;
  const fullMs = SITE_RESYNCS * resyncMs;
  const event: FileStore['controllerEvent'] = (one) => parts.store.controllerEvent(one);
  const holdsState = (): boolean => guard.holdsState();
  const shared = { ...parts, settings, stateDirectory, version, fullMs, clock, log };
  return new Site({ ...shared, alerts: told, holdsState, event });
}
