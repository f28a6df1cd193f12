import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cgroups } from '../../lib/exec/cgroups.ts';
import { listOwnProcesses } from '../../lib/exec/own-processes.ts';
import { readJson } from '../../lib/fs/durable.ts';
import type { Claim } from '../../lib/store/store.ts';

export interface LeftoversOptions {
  /** State directory. */
  state: string;
  instanceId: string;
  cgroups: Cgroups | undefined;
  claims: readonly Claim[];
  /** Domains that may stay, besides those of canonicals. */
  known: readonly string[];
}

/** What should not be there when no run is under way, one line each: processes, claims, ports, apps and leases. */
export async function leftoversOf({ state, instanceId, cgroups, claims, known }: LeftoversOptions): Promise<string[]> {
  const own = new Set([...known, ...claims.filter(({ kind }) => kind === 'Canonical').map(({ domain }) => domain)]);
  const processes = await listOwnProcesses({ prefix: `${instanceId}/`, cgroups });
  const ports = await portsOf(join(state, 'ports'));
  const canonicals = join(state, 'canonicals');
  const leased = namesOf(canonicals).filter((name) => namesOf(join(canonicals, name)).includes('lease.json'));
  return [
    ...processes.map(({ pid, token }) => `process ${pid} ${token}`),
    ...claims.filter(({ domain }) => !own.has(domain)).map(({ domain }) => `claim ${domain}`),
    ...ports.filter(({ domain }) => !own.has(domain)).map(({ port, domain }) => `port ${port} of ${domain}`),
    ...namesOf(join(state, 'apps')).flatMap((domain) => (own.has(domain) ? [] : [`app ${domain}`])),
    ...leased.map((name) => `lease of ${name}`),
  ];
}

async function portsOf(directory: string): Promise<{ port: string; domain: string }[]> {
  const read = (port: string) => readJson<{ domain: string }>(join(directory, port));
  return Promise.all(namesOf(directory).map(async (port) => ({ port, domain: (await read(port))?.domain ?? '' })));
}

/** Names in a directory; none where it is missing. */
export function namesOf(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
