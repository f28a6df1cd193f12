import { type RealmReport, readRealmReports } from '../../known-good/realm-report.ts';
import { type Finding, ok, type Probe, unclear } from '../../platform/probe.ts';

/** Whether warm services hold realms that nothing removes by itself, as the controller last saw them. */
export function realmProbes(stateDirectory: string): Probe[] {
  return [{ area: 'Directories', name: 'realms', look: async () => await strayRealms(stateDirectory) }];
}

async function strayRealms(stateDirectory: string): Promise<Finding> {
  const reports = await readRealmReports(stateDirectory);
  const found = [...reports].flatMap(([service, report]) => linesOf(report).map((line) => `${line} in ws/${service}`));
  if (found.length === 0) return ok('no realm was seen that is left to people');
  return unclear(`left alone: ${found.join(', ')}`, 'Remove in the provider what nobody wants.');
}

function linesOf({ unowned, alike }: RealmReport): string[] {
  return [
    ...unowned.map(({ realm, run }) => `realm ${realm} of a run that nobody knows (${run})`),
    ...alike.map((realm) => `realm ${realm}, which only looks like ours`),
  ];
}
