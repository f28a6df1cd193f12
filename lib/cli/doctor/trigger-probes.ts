import { readTriggerStatuses } from '../../forge/trigger-status.ts';
import { type Finding, ok, type Probe, wrong } from '../../platform/probe.ts';

/** Whether the forge answered when the controller asked it last, for every repository that starts runs. */
export function triggerProbes(stateDirectory: string): Probe[] {
  return [{ area: 'Directories', name: 'pull requests', look: async () => await triggers(stateDirectory) }];
}

async function triggers(stateDirectory: string): Promise<Finding> {
  const all = (await readTriggerStatuses(stateDirectory)).filter(({ state }) => state !== 'NotEnrolled');
  const failing = all.find(({ state }) => state === 'Failing');
  if (failing !== undefined)
    return wrong(
      `${failing.repository} cannot be watched: ${failing.message ?? failing.reason}`,
      'Look at forge.url, forge.tokenFile and the scopes of the token; the controller tries again.',
    );
  return ok(all.length === 0 ? 'no repository is watched' : `watched: ${all.map((one) => one.repository).join(', ')}`);
}
