import type { KindServices } from '../lib/app/kind-services.ts';
import type { ResolvedConfig } from '../lib/config/resolved.ts';
import { authorisedOf } from '../lib/forge/authority.ts';
import type { Forge } from '../lib/forge/forge.ts';
import type { EventInput } from '../lib/store/store.ts';
import { Bridge } from './trigger/bridge.ts';
import { ForgelessTriggers } from './trigger/forgeless.ts';
import type { TriggerSettings } from './trigger/services.ts';
import { Strangers } from './trigger/strangers.ts';
import { Webhook } from './trigger/webhook.ts';

type BridgeServices = Pick<KindServices, 'store' | 'clock' | 'log' | 'setReader' | 'runs'>;

export interface ForgeBridgeParts extends BridgeServices {
  config: ResolvedConfig;
  /** Absent: none is configured. */
  forge: Forge | undefined;
  /** Address of the page of a Run, by its name; undefined: there is none. */
  pageOf(run: string): string | undefined;
  /** Tells people of the controller itself. */
  event(event: EventInput): Promise<void>;
}

/** What listens to pull requests while the controller runs. */
export interface ForgeBridge {
  /** Absent: no forge is configured. */
  bridge?: Bridge;
  /** What it goes by, read for each decision; absent as the bridge. */
  settings?: TriggerSettings;
  /** Resolves once nothing is under way. Idempotent. */
  stop(): Promise<void>;
}

/** Starts the bridge to the forge of the configuration, and its webhook. @throws CcError where nobody can listen there. */
export async function startForgeBridge(parts: ForgeBridgeParts): Promise<ForgeBridge> {
  const { config, forge, store, clock, log, setReader } = parts;
  const { url, pollIntervalMs, authorised, webhook } = config.forge;
  if (forge === undefined || url === undefined) {
    const forgeless = new ForgelessTriggers({ store, clock, log });
    forgeless.start();
    return { stop: async () => forgeless.stop() };
  }
  const settings: TriggerSettings = {
    stateDirectory: config.stateDirectory,
    url: url.replace(/\/+$/, ''),
    zone: config.zone,
    pollIntervalMs,
    authorised: authorisedOf(authorised),
    pageOf: parts.pageOf,
  };
  const looks = setReader === undefined ? {} : { setReader };
  const bridge = new Bridge({ store, forge, clock, log, settings, ...looks, random: Math.random });
  const listener = await listen(parts, bridge, webhook);
  parts.runs.onChange(() => bridge.runChanged());
  bridge.start();
  return {
    bridge,
    settings,
    stop: async () => {
      await listener?.stop();
      await bridge.stop();
    },
  };
}

async function listen(
  { log, clock, event }: ForgeBridgeParts,
  bridge: Bridge,
  { listen, secretFile }: ResolvedConfig['forge']['webhook'],
): Promise<Webhook | undefined> {
  if (listen === undefined || secretFile === undefined) return undefined;
  const strangers = new Strangers({ clock, log, event });
  const webhook = new Webhook({
    listen,
    secretFile,
    log,
    wake: (repository) => bridge.wake(repository),
    stranger: (repository) => strangers.tell(repository),
  });
  const { host, port } = await webhook.start();
  log.info('deliveries of the forge are taken', { host, port });
  return webhook;
}
