import { Cgroups } from '../../exec/cgroups.ts';
import { type Finding, ok, type Probe, unclear } from '../../platform/probe.ts';
import type { CliEnvironment } from '../environment.ts';
import { absenceOf, readControllerFile } from '../presence.ts';

const REMEDY =
  'Give the controller a writable cgroup v2: Delegate=yes in its systemd unit, or a cgroup mount that it may write to.';

/**
 * By what processes of apps and commands are kept hold of: as the running controller says, else as it is for us. And whether
 * it goes by what its configuration says now.
 */
export function processProbes(options: { environment: CliEnvironment; stateDirectory: string }): Probe[] {
  return [
    { area: 'Host', name: 'cgroups', look: async () => await heldBy(options) },
    { area: 'Directories', name: 'configuration', look: async () => await inForce(options) },
  ];
}

async function heldBy(options: { environment: CliEnvironment; stateDirectory: string }): Promise<Finding> {
  const file = await readControllerFile(options.stateDirectory);
  if (file !== undefined && absenceOf(options.environment, file) === undefined)
    return file.cgroups === undefined ? byMarks('the controller has none') : ok(inCgroups(file.cgroups));
  const found = Cgroups.find();
  if (found.cgroups === undefined) return byMarks(found.reason);
  found.cgroups.close();
  return ok(inCgroups(found.cgroups.place));
}

async function inForce({ environment, stateDirectory }: Parameters<typeof processProbes>[0]): Promise<Finding> {
  const file = await readControllerFile(stateDirectory);
  if (file === undefined || absenceOf(environment, file) !== undefined) return ok('no controller runs');
  const { needsRestart = [], needsReload = [] } = file;
  const fields = [...needsRestart, ...needsReload].join(', ');
  if (fields === '') return ok('the controller runs with what its configuration says');
  const found = `the controller goes by other settings than its file says now: ${fields}`;
  return unclear(found, needsRestart.length > 0 ? 'Restart it.' : `Reload it: kill -USR2 ${file.pid}.`);
}

function inCgroups(place: string): string {
  return `processes of apps and commands are kept in cgroups below ${place}`;
}

function byMarks(reason: string): Finding {
  const found = 'processes are found by their token, their parents and the directories they live in';
  return unclear(`${found}, and one that sheds all of that is missed: ${reason}`, REMEDY);
}
