import type { AlertRelay } from '../lib/alerts/relay.ts';
import type { Sink } from '../lib/alerts/sink.ts';
import type { KindServices, KindSettings } from '../lib/app/kind-services.ts';
import type { ResolvedConfig } from '../lib/config/resolved.ts';
import { authorisedOf } from '../lib/forge/authority.ts';
import type { LivePart } from './config-in-force.ts';
import type { CleanSettings } from './janitor/observe.ts';
import type { TriggerSettings } from './trigger/services.ts';

/** The parts of a running controller that go by the configuration for each decision anew. */
export interface LiveParts {
  services: Pick<KindServices, 'mirrors'> & { settings: KindSettings };
  cleaning: CleanSettings;
  relay: Pick<AlertRelay, 'use'>;
  sinksOf: (sinks: ResolvedConfig['alerts']['sinks']) => Sink[];
  /** Absent: there is no forge. */
  triggers: TriggerSettings | undefined;
  /** Looks at all objects soon: what they wait for may have changed. */
  lookAtAll: () => void;
}

/** What each of them takes of another configuration; all live fields but those that need a forge where there is none. */
export function livePartsOf({ services, cleaning, relay, sinksOf, triggers, lookAtAll }: LiveParts): LivePart[] {
  const { settings, mirrors } = services;
  return [
    {
      fields: [
        ...(['recipeSource', 'maxRuns', 'allowRecipeTests', 'memory.floor', 'disk.floor'] as const),
        ...(['untrusted.memory', 'untrusted.cpus', 'untrusted.pids'] as const),
      ],
      take: (config) => {
        Object.assign(settings, liveSettingsOf(config));
        lookAtAll();
      },
    },
    {
      fields: ['artifacts.keep', 'disk.pruneAbove'],
      take: (config) => void Object.assign(cleaning, cleaningOf(config)),
    },
    { fields: ['sourceCredentials'], take: (config) => mirrors.useCredentials(config.sourceCredentials) },
    { fields: ['alerts.sinks'], take: ({ alerts }) => relay.use(sinksOf(alerts.sinks)) },
    {
      fields: ['forge.authorised', 'forge.pollInterval'],
      take: ({ forge: { authorised, pollIntervalMs } }) => {
        if (triggers !== undefined) Object.assign(triggers, { pollIntervalMs, authorised: authorisedOf(authorised) });
      },
    },
  ];
}

/** The settings of kinds that a reload changes. Pure. */
export function liveSettingsOf(config: ResolvedConfig) {
  const { recipeSource, maxRuns, allowRecipeTests, untrusted, disk, memory } = config;
  const floors = { diskFloorBytes: disk.floorBytes, memoryFloorBytes: memory.floorBytes };
  return { recipeSource, maxRuns, allowRecipeTests, untrusted, ...floors } satisfies Partial<KindSettings>;
}

/** Those of the janitor. Pure. */
export function cleaningOf({ artifacts, disk }: ResolvedConfig) {
  return {
    keepArtifacts: artifacts.keep,
    pruneAbovePercent: disk.pruneAbovePercent,
  } satisfies Partial<CleanSettings>;
}
