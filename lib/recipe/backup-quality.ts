import type { BackupPlan } from './backup-labels.ts';
import type { Compose } from './compose-types.ts';

/** Images whose live data directory is no consistent copy. */
const DATABASE = /(?:^|\/)(?:postgres(?:ql)?|postgis|pgvector|mariadb|mysql|mongo|mongodb|percona)(?:[-:@]|$)/;

/** Warnings about a plan that may not bring data back, though the labels are in order. */
export function backupQuality(compose: Compose, plan: Omit<BackupPlan, 'warnings'>): string[] {
  const warnings = compose.services
    .filter((service) => DATABASE.test(service.image) && service.volumes.length > 0)
    .filter((service) => !plan.services.some((hooks) => hooks.service === service.name && hooks.preHook))
    .map((service) => `${service.name} is a database without a backup pre-hook: its files are copied while it runs`);
  for (const { service, preHook, restorePreHook, restorePostHook } of plan.services) {
    if (preHook && !restorePreHook && !restorePostHook) {
      warnings.push(`${service} has a backup pre-hook but no restore hook: what it makes is never read back`);
    }
  }
  if (plan.volumes.length === 0 && plan.excluded.length > 0) warnings.push('every volume is left out of the backup');
  return warnings;
}
