import type { Alert } from '../../lib/alerts/alert.ts';
import { isAlertId } from '../../lib/alerts/alert.ts';
import type { AlertFiles } from '../../lib/alerts/alert-files.ts';
import type { HistoryFiles } from '../../lib/alerts/history-files.ts';
import type { AlertEntry } from '../../lib/site/model.ts';
import type { StoredObject } from '../../lib/store/store.ts';
import { alertsNewestFirst, type SiteAlerts } from './site-facts.ts';

/** Alerts in the feed are fewer. */
const KEPT = 100;

/** Where alerts are looked for. */
export interface AlertSources {
  files: Pick<AlertFiles, 'pending' | 'seen'>;
  histories: Pick<HistoryFiles, 'read'>;
  objects: () => readonly Pick<StoredObject, 'uid'>[];
}

/**
 * Alerts as the site shows them. Open: told of an object that is there, and not taken back, by the object's history; of a
 * failure that was reminded of, the last reminder. @throws system errors.
 */
export async function readSiteAlerts({ files, histories, objects }: AlertSources): Promise<SiteAlerts> {
  const listings = [await files.pending(), await files.seen()];
  const byId = new Map(listings.flatMap(({ alerts }) => alerts.map((alert) => [alert.id, entryOf(alert)] as const)));
  const open: AlertEntry[] = [];
  // Without an alert nothing was told of anybody: there is no history to read.
  for (const { uid } of byId.size === 0 ? [] : objects()) {
    if (!isAlertId(uid)) continue;
    const { failures } = await histories.read(uid);
    for (const { first, last } of Object.values(failures))
      open.push(...[byId.get(last) ?? byId.get(first) ?? []].flat());
  }
  const alerts = alertsNewestFirst([...byId.values()]).slice(0, KEPT);
  return { openAlerts: alertsNewestFirst(open), alerts };
}

function entryOf({ id, time, severity, reason, object, message }: Alert): AlertEntry {
  return { id, time, severity, reason, object: { kind: object.kind, name: object.name }, message };
}
