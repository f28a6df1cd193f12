import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { readJsonOrNothing, writeJsonDurable } from '../fs/durable.ts';
import { namesIn } from '../fs/exists.ts';
import type { SsoRealm } from '../sso/provider.ts';

/** Realms in a warm service that nothing removes by itself: for people. */
export interface RealmReport {
  /** With our marks, of a run that nobody knows and that may not be over. */
  unowned: readonly SsoRealm[];
  /** Called like ours, without our marks. */
  alike: readonly string[];
}

function reportFile(stateDirectory: string, service: string): string {
  return join(stateDirectory, 'warm', service, 'realms.json');
}

/** Replaces the report of one look, where it says something new; not where the service has no directory any more. */
export async function writeRealmReport(stateDirectory: string, service: string, report: RealmReport): Promise<void> {
  const path = reportFile(stateDirectory, service);
  const before = await readJsonOrNothing(path);
  if (JSON.stringify(before) === JSON.stringify(report)) return;
  await orNothing(writeJsonDurable(path, report, { mode: 0o600, directory: 'MustExist' }), 'ENOENT');
}

/** What the last look at each warm service reported, by its name; nothing where that cannot be read. */
export async function readRealmReports(stateDirectory: string): Promise<Map<string, RealmReport>> {
  const reports = new Map<string, RealmReport>();
  for (const service of await namesIn(join(stateDirectory, 'warm'))) {
    const report = await readJsonOrNothing<Partial<RealmReport>>(reportFile(stateDirectory, service));
    const { unowned, alike } = report ?? {};
    if (Array.isArray(unowned) && Array.isArray(alike)) reports.set(service, { unowned, alike });
  }
  return reports;
}
