import { labelRules } from './label-rules.ts';
import { memoryBytes } from './memory.ts';
import type { Owner } from './owner.ts';
import { duration, keys, oneOf, type Rule, text, whole } from './rule.ts';

/** Tasks of one service, and of all services of an app together. */
export const MOST_TASKS = 10;
const HOUR_MS = 3_600_000;
const decimal = text('a number', (value) => /^\d{1,6}(\.\d{1,9})?$/.test(value));
const memory = text('a size like 512M', (value) => memoryBytes(value) !== undefined);
const RESOURCES = { cpus: decimal, memory };
const UPDATE = keys({
  parallelism: whole(0, MOST_TASKS),
  delay: duration(0, HOUR_MS),
  failure_action: oneOf('pause', 'continue', 'rollback'),
  monitor: duration(0, HOUR_MS),
  max_failure_ratio: decimal,
  order: oneOf('start-first', 'stop-first'),
});

/**
 * The keys below `deploy`. Global modes would run on every node, placement would choose it; reservations pass, and are
 * not kept: what a test reserves, live apps lack. Pure.
 */
export function deployRules(owner: Owner): Rule {
  return keys({
    mode: oneOf('replicated', 'replicated-job'),
    replicas: whole(0, MOST_TASKS),
    labels: labelRules(owner),
    endpoint_mode: oneOf('vip', 'dnsrr'),
    update_config: UPDATE,
    rollback_config: UPDATE,
    restart_policy: keys({
      condition: oneOf('none', 'on-failure', 'any'),
      delay: duration(1_000, HOUR_MS),
      max_attempts: whole(0, 1_000),
      window: duration(0, HOUR_MS),
    }),
    resources: keys({
      limits: keys({ ...RESOURCES, pids: whole(0, 1_000_000) }),
      reservations: keys(RESOURCES),
    }),
  });
}
