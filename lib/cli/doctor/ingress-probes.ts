import type { AppConnection, ConnectionSettings } from '../../checks/app-connection.ts';
import { connectionTo, openConnection } from '../../checks/app-connection.ts';
import type { ConnectionFault } from '../../checks/connection-fault.ts';
import { checkHttp } from '../../checks/http-check.ts';
import type { Clock } from '../../clock.ts';
import { type Finding, ok, type Probe, unclear } from '../../platform/probe.ts';

export interface IngressProbesOptions {
  /** Below it the apps of runs have their domains. */
  zone: string;
  swarm: ConnectionSettings & { baseUrl?: string };
  clock: Clock;
}

const TIMEOUT_MS = 5_000;
/** Of no app: whatever answers for it is the ingress itself. */
const LABEL = 'cc-ci-doctor';

const WITHOUT =
  'Recipes with traefik.enable=true then end as NoIngress, unless app.url says where they answer or they publish a port instead.';

const REMEDIES: Readonly<Record<ConnectionFault, string>> = {
  Name: `Add a DNS record for all names below the zone, or set swarm.connectTo to the address of the ingress. ${WITHOUT}`,
  Listener: `Start the ingress, or set swarm.connectTo to its address. ${WITHOUT}`,
  Certificate:
    'That is right where the ingress gets a certificate for each app when it comes; else set swarm.caFile to its authority.',
};

/** Whether a routed app of a run would be reached: its name, who listens, the certificate. Sends one request. */
export function ingressProbes({ zone, swarm, clock }: IngressProbesOptions): Probe[] {
  const domain = `${LABEL}.${zone}`;
  const url = `${(swarm.baseUrl ?? 'https://{domain}').replaceAll('{domain}', domain).replace(/\/+$/, '')}/`;
  return [
    {
      area: 'Platform',
      name: 'ingress',
      look: async (signal) => {
        const connection = connectionTo(url, domain, await openConnection(swarm));
        return await ask(url, connection, { signal, clock });
      },
    },
  ];
}

async function ask(
  url: string,
  connection: AppConnection,
  { signal, clock }: { signal: AbortSignal; clock: Clock },
): Promise<Finding> {
  const { fault, message } = await checkHttp({ url, ...connection, timeoutMs: TIMEOUT_MS, signal, clock });
  const { connectTo } = connection;
  const via = connectTo === undefined ? '' : ` at ${connectTo.host}${connectTo.port ? `:${connectTo.port}` : ''}`;
  return fault === undefined ? ok(`something answers for ${url}${via}`) : unclear(`${message}${via}`, REMEDIES[fault]);
}
