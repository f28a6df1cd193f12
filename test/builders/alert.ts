import type { AlertRecord } from '../../lib/alerts/alert.ts';
import type { Failed } from '../../lib/alerts/alerts.ts';

/** An alert file, as it was raised. */
export function anAlert(parts: Partial<AlertRecord> = {}): AlertRecord {
  return {
    id: 'op-1',
    time: '2030-01-01T00:00:00.000Z',
    severity: 'Warning',
    reason: 'UpgradeRolledBack',
    object: { kind: 'WarmService', name: 'keycloak', uid: 'uid-1' },
    message: 'the upgrade to 2.0.0+26.1.0 was rolled back',
    facts: {},
    deliveries: [],
    ...parts,
  };
}

/** A failure that is raised. */
export function aFailure(parts: Partial<Failed> = {}): Failed {
  const { id, reason, object, message } = anAlert();
  const attempted = { version: '2.0.0+26.1.0', commit: 'c'.repeat(40) };
  return {
    id,
    reason: reason as Failed['reason'],
    object,
    message,
    facts: { attempted, reason: 'Unhealthy' },
    ...parts,
  };
}
