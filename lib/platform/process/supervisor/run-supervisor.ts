import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { createMask } from '../../../checks/mask.ts';
import { systemClock } from '../../../clock.ts';
import { Cgroups } from '../../../exec/cgroups.ts';
import { identityOf } from '../../../exec/process-identity.ts';
import { appLayout } from '../layout.ts';
import { readApplied } from '../record.ts';
import { RecordKeeper } from './record-keeper.ts';
import { RotatingLog } from './rotating-log.ts';
import { Supervisor } from './supervisor.ts';
import { readRecord } from './supervisor-record.ts';

export interface SupervisorArguments {
  /** Absolute path of the app, `…/apps/<domain>`. */
  appDirectory: string;
  service: string;
  specId: string;
  /** The token this process was started with. */
  token: string;
  /** Called once: the command runs, or could not be started, and the record says so. */
  onStarted?: (() => void) | undefined;
}

/**
 * Body of the supervisor process. Does nothing unless the app's record asks for exactly this launch: a start that comes
 * too late (its controller died, the app was undeployed since) ends without an effect. Resolves at its end.
 */
export async function runSupervisor(options: SupervisorArguments): Promise<void> {
  const { appDirectory, service, specId, token, onStarted } = options;
  const layout = appLayout(appDirectory);
  const paths = layout.service(service);
  const applied = await readApplied(layout.applied);
  const found = applied?.services.find(({ name }) => name === service);
  const record = await readRecord(paths.record);
  if (!found || applied?.specId !== specId || record?.token !== token || record.state !== 'Launching') {
    process.stderr.write(`${service} of ${basename(appDirectory)}: not asked for, nothing started\n`);
    return;
  }
  const keeper = new RecordKeeper({ appDirectory, service, record });
  const hidden = await Promise.all(found.launch.maskFiles.map((file) => readFile(file, 'utf8')));
  const log = new RotatingLog({ path: paths.log, mask: createMask(hidden) });
  const supervisor = new Supervisor({
    appDirectory,
    service: found,
    specId,
    token,
    cgroups: Cgroups.find().cgroups,
    environment: { ...found.launch.environment, CCCI_TOKEN: token },
    keeper,
    log,
    onStarted,
    clock: systemClock,
  });
  process.on('SIGHUP', () => {});
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => supervisor.stop());
  await keeper.update({ state: 'Waiting', supervisor: await identityOf(process.pid) });
  await supervisor.run();
  log.close();
}
