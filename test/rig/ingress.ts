import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Starts the Caddy of Debian on the network `proxy`; resolves when its authority exists. */
export async function startIngress(): Promise<Ingress> {
  ensureImage();
  const directory = mkdtempSync(join(tmpdir(), 'ccci-ingress-'));
  mkdirSync(join(directory, 'data'));
  writeFileSync(join(directory, 'Caddyfile'), CADDYFILE);
  const mounts = ['-v', `${directory}:/ingress`, '-e', 'XDG_DATA_HOME=/ingress/data', '-e', 'HOME=/ingress'];
  const place = ['--network', 'proxy', '-p', '127.0.0.1::443', ...mounts, INGRESS_IMAGE];
  const container = docker('create', ...place, '/usr/bin/caddy', 'run', '--config', '/ingress/Caddyfile').trim();
  startOnOverlay(container);
  const caFile = join(directory, 'data/caddy/pki/authorities/local/root.crt');
  const stop = (): void => {
    docker('rm', '--force', '--volumes', container);
    rmSync(directory, { recursive: true, force: true });
  };
  for (const started = systemClock.monotonicMs(); !existsSync(caFile); await systemClock.sleep(POLL_MS)) {
    if (systemClock.monotonicMs() - started < START_MS) continue;
    const log = docker('logs', container);
    stop();
    throw new Error(`the ingress does not start: ${log}`);
  }
  return { connectTo: docker('port', container, '443').trim().split('\n')[0] ?? '', caFile, stop };
}

/**
 * An engine takes an overlay off a node with its last container there: one that comes at that moment finds it gone, and has it
 * at the next try.
 */
function startOnOverlay(container: string, triesLeft = 3): void {
  try {
    docker('start', container);
  } catch (error) {
    if (triesLeft === 1 || !/network \S+ not found/.test(String(error))) {
      docker('rm', '--force', '--volumes', container);
      throw error;
    }
    startOnOverlay(container, triesLeft - 1);
  }
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
