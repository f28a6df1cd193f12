import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HEAP, type KeycloakVersion, keycloakHome } from './distribution.ts';

export interface KeycloakAdmin {
  user: string;
  password: string;
}

const SHOWN_CHARACTERS = 4_000;
/** Builds are for a file; nothing that these servers know outlives them. */
const IN_MEMORY = 'jdbc:h2:mem:keycloak;NON_KEYWORDS=VALUE;DB_CLOSE_DELAY=-1';

/** A Keycloak as a process, on a free port of 127.0.0.1; all that it knows is in its memory. */
export class KeycloakProcess {
  readonly port: number;
  readonly #directory: string;
  readonly #child: ChildProcess;

  private constructor(port: number, directory: string, child: ChildProcess) {
    this.port = port;
    this.#directory = directory;
    this.#child = child;
  }

  /** Resolves when the process is started, which is seconds before it answers. */
  static async spawn(version: KeycloakVersion, admin: KeycloakAdmin): Promise<KeycloakProcess> {
    const home = await keycloakHome(version);
    const directory = await mkdtemp(join(tmpdir(), 'cc-ci-keycloak-'));
    const port = await freePort();
    const log = openSync(join(directory, 'log'), 'w');
    const child = spawn('/bin/sh', [join(home, 'bin/kc.sh'), ...startArguments(port)], {
      env: {
        PATH: process.env.PATH,
        HOME: directory,
        JAVA_OPTS_KC_HEAP: HEAP,
        JAVA_OPTS_APPEND: `-Djava.io.tmpdir=${directory}`,
        KC_DB_URL: IN_MEMORY,
        KC_BOOTSTRAP_ADMIN_USERNAME: admin.user,
        KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password,
      },
      cwd: directory,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    return new KeycloakProcess(port, directory, child);
  }

  /** The end of what it logged. */
  get log(): string {
    return readFileSync(join(this.#directory, 'log'), 'utf8').slice(-SHOWN_CHARACTERS);
  }

  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** To Java and the script that started it. */
  signal(signal: NodeJS.Signals): void {
    if (this.#child.pid !== undefined && !this.isOver) process.kill(-this.#child.pid, signal);
  }

  async kill(): Promise<void> {
    if (!this.isOver) {
      const ended = once(this.#child, 'exit');
      this.signal('SIGKILL');
      await ended;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Without `--cache=local` it would look for others by multicast. */
function startArguments(port: number): string[] {
  const here = ['--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${port}`, '--hostname-strict=false'];
  return ['start', '--optimized', '--cache=local', ...here];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
