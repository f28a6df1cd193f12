import { join } from 'node:path';
import type { AlertRelay } from '../lib/alerts/relay.ts';
import { endProcesses } from '../lib/exec/processes.ts';
import type { Manager } from '../lib/runtime/manager.ts';
import type { FileStore } from '../lib/store/file-store.ts';
import type { Instance } from '../lib/store/instance.ts';
import type { Beside } from './beside.ts';
import type { Daemon, DaemonInputs, Ground } from './daemon.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { Janitor } from './janitor/janitor.ts';
import type { Site } from './site/site.ts';
import { type StopStep, takeStopSteps } from './stop-steps.ts';

const STOP_GRACE_MS = 15_000;
const CHILD_GRACE_MS = 2_000;

/** Everything of a running controller that has to be ended. */
export interface Working {
  store: FileStore;
  manager: Manager;
  heartbeat: Heartbeat;
  janitor: Janitor;
  relay: AlertRelay;
  site: Site;
  beside: Beside;
  endHints(): Promise<void>;
}

/** The two ways in which a controller ends. */
export function endingOf(inputs: DaemonInputs, ground: Ground, working: Working): Pick<Daemon, 'stop' | 'abandon'> {
  const { instance, opened, guard, observation } = ground;
  const { store, manager, heartbeat, janitor, relay, site, beside, endHints } = working;
  const { log } = inputs;
  const endWork = async (): Promise<void> => {
    const others = Promise.all([inputs.reloads.stop(), janitor.stop(), relay.stop(), site.stop(), beside.stop()]);
    await endHints();
    await manager.stop(STOP_GRACE_MS);
    await others;
  };
  const stop = async (): Promise<void> => {
    observation.note('Stopping');
    const steps: StopStep[] = [
      ['end what is under way', endWork],
      ['journal the stop', () => manager.stopped()],
      ['end children', () => endChildren(inputs, instance)],
      ['close the store', () => store.stop()],
      ['write the last record', () => heartbeat.stop()],
      ['close the metrics server', () => observation.close()],
      ['close the platform', () => opened.close()],
      ['give the locks back', () => guard.release()],
    ];
    await takeStopSteps(steps, log);
    log.info('controller stopped');
  };
  const abandon = async (): Promise<void> => {
    heartbeat.cancel();
    store.abandon();
    await endWork();
    await endChildren(inputs, instance);
    await observation.close();
    opened.close();
    guard.release();
  };
  return { stop: once(stop), abandon: once(abandon) };
}

type Children = Pick<DaemonInputs, 'cgroups' | 'clock' | 'config'>;

/** Ends what this controller, or a dead one before it, started for itself; apps and their supervisors stay. */
export async function endChildren({ cgroups, clock, config }: Children, { instanceId }: Instance): Promise<void> {
  // Apps run elsewhere: whoever lives here was started for a run, or by git.
  const directories = ['runs', 'recipes'].map((name) => join(config.stateDirectory, name));
  const marks = { prefix: `${instanceId}/child/`, cgroups, home: { directories, clock } };
  await endProcesses({ ...marks, graceMs: CHILD_GRACE_MS, clock });
  cgroups?.remove(`${instanceId}/`);
}

function once(act: () => Promise<void>): () => Promise<void> {
  let started: Promise<void> | undefined;
  return () => {
    started ??= act();
    return started;
  };
}
