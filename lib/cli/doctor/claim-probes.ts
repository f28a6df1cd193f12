import { join } from 'node:path';
import { orNothing } from '../../errors.ts';
import { RecordFiles } from '../../fs/record-files.ts';
import { type Finding, ok, type Probe, unclear } from '../../platform/probe.ts';
import { statePaths } from '../../store/state-paths.ts';
import type { Claim, StoredObject } from '../../store/store.ts';

const REMEDY =
  'Put the record of the object back from a backup of the state directory. If nothing of it is wanted: stop the controller, remove the app, then the claim and its copy.';

/** Whether every domain is claimed by an object that is known: what nobody known claims is never removed by itself. */
export function claimProbes(stateDirectory: string): Probe[] {
  return [{ area: 'Directories', name: 'claims', look: async () => await ownersOf(stateDirectory) }];
}

async function ownersOf(stateDirectory: string): Promise<Finding> {
  const records = new RecordFiles(stateDirectory);
  const { claims, ...paths } = statePaths(stateDirectory);
  const files = records.names(claims).filter((name) => name.endsWith('.json'));
  const orphans: string[] = [];
  for (const file of files) {
    // A record that cannot be read names nobody.
    const claim = await orNothing(records.peek<Claim>(join(claims, file)), 'Damaged');
    const owner = claim && (await orNothing(records.peek<StoredObject>(paths.object(claim)), 'Damaged'));
    if (claim === undefined || owner?.uid !== claim.uid) orphans.push(orphanText(file, claim));
  }
  if (orphans.length === 0) return ok(`${files.length} domains are claimed, each by an object that is known`);
  return unclear(`nobody known owns ${orphans.join(', ')}`, REMEDY);
}

function orphanText(file: string, claim: Claim | undefined): string {
  const domain = file.replace(/\.json$/, '');
  return claim === undefined ? domain : `${domain} (${claim.kind}/${claim.name}, ${claim.uid})`;
}
