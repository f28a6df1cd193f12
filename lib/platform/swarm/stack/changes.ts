import { stackNameOf } from '../../../recipe/compose.ts';
import type { Engine, EngineEvent } from '../engine/engine.ts';

export interface StackChangesOptions {
  engine: Engine;
  /** Domains of the apps that exist. */
  domains: () => Promise<string[]>;
  onChange: (domain: string) => void;
  signal: AbortSignal;
}

/** Tells which app an event of the engine may concern, until the signal trips. A hint: what cannot be told is dropped. */
export async function stackChanges({ engine, domains, onChange, signal }: StackChangesOptions): Promise<void> {
  await engine.events((event) => {
    void domains().then(
      (all) => {
        const domain = domainOf(event, all);
        if (domain !== undefined && !signal.aborted) onChange(domain);
      },
      () => {},
    );
  }, signal);
}

/** The domain whose stack the event names. A service event names the service alone; the longest stack name wins. Pure. */
function domainOf({ stack, service }: EngineEvent, domains: readonly string[]): string | undefined {
  if (stack !== undefined) return domains.find((domain) => stackNameOf(domain) === stack);
  return domains
    .filter((domain) => service.startsWith(`${stackNameOf(domain)}_`))
    .toSorted((a, b) => b.length - a.length)[0];
}
