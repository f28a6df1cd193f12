import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mask } from '../../lib/checks/mask.ts';
import type { AppObservation, Platform } from '../../lib/platform/platform.ts';
import { logTail } from '../../lib/run-record/log-tail.ts';

export interface EvidenceOptions {
  platform: Platform;
  domain: string;
  /** Directory of the logs; file names begin with the stage. */
  logs: string;
  stage: string;
  mask: Mask;
  signal: AbortSignal;
}

const KEPT_LINES = 5_000;

/**
 * Saves what is lost with the app: each service's log and its tasks. Called before anything is killed. Gives the last
 * masked lines by service.
 */
export async function saveEvidence(options: EvidenceOptions): Promise<Map<string, string[]>> {
  const { platform, domain, signal, stage } = options;
  const observation = await platform.observe({ domain }, signal);
  await mkdir(options.logs, { recursive: true });
  await writeFile(
    join(options.logs, `${stage.toLowerCase()}-tasks.json`),
    `${JSON.stringify(observation.services, null, 1)}\n`,
  );
  const tails = new Map<string, string[]>();
  for (const service of observation.services) tails.set(service.name, await saveLog(options, service.name));
  return tails;
}

async function saveLog(
  { platform, domain, signal, stage, logs, mask }: EvidenceOptions,
  service: string,
): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of platform.logs({ domain }, { service, tail: KEPT_LINES, signal }))
    lines.push(mask.text(line.text));
  await writeFile(
    join(logs, `${stage.toLowerCase()}-service-${service}.log`),
    lines.length === 0 ? '' : `${lines.join('\n')}\n`,
  );
  return logTail(lines.join('\n'));
}

/** The service whose log says most about a failure: the one named, else one that exited, else `app`, else the first. */
export function tellingService(
  named: string | undefined,
  observation: Pick<AppObservation, 'services'>,
): string | undefined {
  const names = observation.services.map((service) => service.name);
  const exited = observation.services.find((service) =>
    service.tasks.some((task) => task.current && task.state === 'Exited'),
  );
  return named ?? exited?.name ?? (names.includes('app') ? 'app' : names[0]);
}
