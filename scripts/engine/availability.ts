/** Whether this machine can start a Docker engine for tests. */

/** What the tests need on PATH, and the Debian package that brings it. */
export const REQUIRED_TOOLS: Readonly<Record<string, string>> = {
  busybox: 'busybox-static',
  caddy: 'caddy',
  containerd: 'containerd',
  docker: 'docker.io',
  dockerd: 'docker.io',
  ip: 'iproute2',
  iptables: 'iptables',
  nsenter: 'util-linux',
  openssl: 'openssl',
  script: 'bsdutils',
  tar: 'tar',
};

export interface Machine {
  /** Effective user id. */
  uid: number;
  /** Whether a program of that name is on PATH. */
  has(tool: string): boolean;
}

export type EngineAvailability = { available: true } | { available: false; why: string };

/** Pure: an engine can be started, or why not, with what to install; one sentence without a full stop. */
export function engineAvailability({ uid, has }: Machine): EngineAvailability {
  const missing = Object.keys(REQUIRED_TOOLS).filter((tool) => !has(tool));
  const faults: string[] = [];
  if (uid !== 0) faults.push('only root can start a Docker engine in a network of its own');
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((tool) => REQUIRED_TOOLS[tool]))].sort();
    faults.push(`not on PATH: ${missing.join(', ')} (on Debian: apt-get install ${packages.join(' ')})`);
  }
  return faults.length === 0 ? { available: true } : { available: false, why: faults.join('; ') };
}
