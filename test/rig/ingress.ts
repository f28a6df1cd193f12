import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { docker, testSocket } from './test-engine.ts';

const INGRESS_IMAGE = 'cc-ci-test/caddy:1';
const START_MS = 20_000;
const POLL_MS = 100;

/**
 * Takes `<app>.<zone>` with a zone of two labels to port 8080 of the app's service `app`. By the tasks' addresses, since
 * not every kernel can forward to a service's own.
 */
const CADDYFILE = `{
  admin off
  local_certs
  skip_install_trust
}
https:// {
  tls internal {
    on_demand
  }
  reverse_proxy tasks.{http.request.host.labels.2}_{http.request.host.labels.1}_{http.request.host.labels.0}_app:8080
}
`;

/** A reverse proxy of the test engine with certificates of its own authority. */
export interface Ingress {
  /** For `swarm.connectTo`. */
  connectTo: string;
  /** For `swarm.caFile`. */
  caFile: string;
  stop(): void;
}

/**
 * Starts the Caddy of Debian on the network `proxy`; resolves when its authority exists. As a service, for the engine takes an
 * overlay off a node with its last task there: a container that is attached by hand at that moment is lost.
 */
export async function startIngress(): Promise<Ingress> {
  ensureImage();
  const directory = mkdtempSync(join(tmpdir(), 'ccci-ingress-'));
  mkdirSync(join(directory, 'data'));
  writeFileSync(join(directory, 'Caddyfile'), CADDYFILE);
  const name = basename(directory);
  const stop = (): void => {
    docker('service', 'rm', name);
    rmSync(directory, { recursive: true, force: true });
  };
  const mount = `type=bind,source=${directory},target=/ingress`;
  const place = ['--mount', mount, '--env', 'XDG_DATA_HOME=/ingress/data', '--env', 'HOME=/ingress'];
  const reached = ['--network', 'proxy', '--publish', 'mode=host,target=443'];
  const command = ['/usr/bin/caddy', 'run', '--config', '/ingress/Caddyfile'];
  docker(
    'service',
    'create',
    '--quiet',
    '--detach',
    '--no-resolve-image',
    '--name',
    name,
    ...reached,
    ...place,
    INGRESS_IMAGE,
    ...command,
  );
  const caFile = join(directory, 'data/caddy/pki/authorities/local/root.crt');
  for (const started = systemClock.monotonicMs(); ; await systemClock.sleep(POLL_MS)) {
    const port = existsSync(caFile) ? publishedPort(name) : undefined;
    if (port !== undefined) return { connectTo: `127.0.0.1:${port}`, caFile, stop };
    if (systemClock.monotonicMs() - started < START_MS) continue;
    const tasks = docker('service', 'ps', '--no-trunc', '--format', '{{.CurrentState}} {{.Error}}', name);
    stop();
    throw new Error(`the ingress does not start: ${tasks}`);
  }
}

/** Port of the host that leads to the service's task. Undefined until the engine calls that task running, which it does some time after the task began. */
function publishedPort(service: string): string | undefined {
  const publisher = `{{range .Status.PortStatus.Ports}}{{.PublishedPort}} {{end}}`;
  const tasks = docker('service', 'ps', '--quiet', '--filter', 'desired-state=running', service).trim();
  if (tasks === '') return undefined;
  const ports = docker('inspect', '--type', 'task', '--format', publisher, ...tasks.split('\n'));
  return ports.split(/\s+/).find((port) => port !== '');
}

/** Caddy with the libraries that it is linked to, at their own places. */
function ensureImage(): void {
  if (docker('image', 'ls', '-q', INGRESS_IMAGE).trim() !== '') return;
  const script = `caddy=$(command -v caddy)
libraries=$(ldd "$caddy" | sed -n 's:^[^/]*\\(/[^ ]*\\) (0x.*:\\1:p')
tar -C / -chf - $(printf '%s\\n' "$caddy" $libraries | sed 's:^/::') | docker import - "$1"`;
  const env = { PATH: process.env.PATH, HOME: tmpdir(), DOCKER_HOST: `unix://${testSocket()}` };
  execFileSync('sh', ['-euc', script, 'sh', INGRESS_IMAGE], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}
