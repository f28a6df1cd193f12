import type { DefaultedControllerConfig } from '../lib/api/generated/defaulted.ts';
import { changedFields } from '../lib/config/changed-fields.ts';
import { isLive, type LiveField, withFields } from '../lib/config/live-fields.ts';
import { type ResolvedConfig, resolveUnits } from '../lib/config/resolved.ts';

/** A part of the running controller that goes by some fields of the configuration. */
export interface LivePart {
  fields: readonly LiveField[];
  /** Goes by these from now on; must not throw. */
  take: (config: ResolvedConfig) => void;
}

/** How another configuration differs from the one in force, by dotted path. */
export interface ConfigDifference {
  /** A reload takes them. */
  live: readonly string[];
  /** Only a restart does. */
  restart: readonly string[];
}

/** What the running controller goes by: what it was started with, and what was taken since. */
export class ConfigInForce {
  #config: DefaultedControllerConfig;
  #parts: readonly LivePart[] = [];

  constructor(config: DefaultedControllerConfig) {
    this.#config = config;
  }

  /** From now on these are told; until then nothing is taken. */
  follow(parts: readonly LivePart[]): void {
    this.#parts = parts;
  }

  /** Pure. */
  difference(next: DefaultedControllerConfig): ConfigDifference {
    const changed = changedFields(this.#config, next);
    return { live: changed.filter(isLive), restart: changed.filter((field) => !isLive(field)) };
  }

  /** Takes what a running controller can take of it. @returns the fields that were taken. */
  take(next: DefaultedControllerConfig): readonly string[] {
    const followed = this.#parts.flatMap(({ fields }) => fields);
    const { live } = this.difference(next);
    const taken = live.filter((field) => followed.includes(field as LiveField));
    this.#config = withFields(this.#config, next, taken);
    const resolved = resolveUnits(this.#config);
    for (const { fields, take } of this.#parts) if (fields.some((field) => taken.includes(field))) take(resolved);
    return taken;
  }
}
