import { Cgroups } from '../../exec/cgroups.ts';
import { type Finding, ok, type Probe, unclear } from '../../platform/probe.ts';
import type { CliEnvironment } from '../environment.ts';
import { absenceOf, readControllerFile } from '../presence.ts';

const REMEDY =
  'Give the controller a writable cgroup v2: Delegate=yes in its systemd unit, or a cgroup mount that it may write to.';

/** By what processes of apps and commands are kept hold of: as the running controller says, else as it is for us. */
export function processProbes(options: { environment: CliEnvironment; stateDirectory: string }): Probe[] {
  return [{ area: 'Host', name: 'cgroups', look: async () => await heldBy(options) }];
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

function inCgroups(place: string): string {
  return `processes of apps and commands are kept in cgroups below ${place}`;
}

function byMarks(reason: string): Finding {
  const found = 'processes are found by their token, their parents and the directories they live in';
  return unclear(`${found}, and one that sheds all of that is missed: ${reason}`, REMEDY);
}
