import type { AppliedService, AppliedSpec, ServiceLaunch } from '../../lib/platform/process/record.ts';
import { emptyApplied } from '../../lib/platform/process/record.ts';
import type { SupervisorRecord } from '../../lib/platform/process/supervisor/supervisor-record.ts';

/**
 * A service that runs a shell script and is never started again.
 * @param directory a directory of the test's own: whoever lives there belongs to the app, and is ended with it.
 */
export function scriptedService(
  directory: string,
  script: string,
  launch: Partial<ServiceLaunch> = {},
): AppliedService {
  return {
    ...{ name: 'app', image: 'x/app:1', replicas: 1, volumes: [] },
    launch: {
      ...{ command: ['/bin/sh', '-c', script], directory, environment: { PATH: '/usr/bin:/bin' } },
      ...{ restart: 'Never', stopGraceMs: 1_000, maskFiles: [] },
      ...launch,
    },
  };
}

/** The record of an app that is deployed with these services. */
export function deployedApp(services: readonly AppliedService[], changes: Partial<AppliedSpec> = {}): AppliedSpec {
  return { ...emptyApplied('mine'), ...{ state: 'Deployed', specId: 'two', commit: 'c2' }, services, ...changes };
}

/** The record of a launch that no supervisor has answered yet. */
export function launchingRecord(changes: Partial<SupervisorRecord> = {}): SupervisorRecord {
  return { ...{ token: 't', specId: 'two', state: 'Launching', health: 'None', exits: [] }, ...changes };
}
