import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientKind } from '../../lib/canary/client-store.ts';
import { freePort } from '../rig/free-port.ts';

export type ServerKind = Exclude<ClientKind, 'sqlite'>;

export const PASSWORD = 'p4ss word$"x';
/** Each kind of server as a shell script that knows nothing of this project: data in $DATA, port in $PORT. */
export const SERVE: Readonly<Record<ServerKind, string>> = {
  postgres: `#!/bin/sh
set -eu
bin=$(echo /usr/lib/postgresql/*/bin)
as=
[ "$(id -u)" != 0 ] || { as='setpriv --reuid=postgres --regid=postgres --clear-groups'; chown postgres "$DATA"; }
if [ ! -e "$DATA/db/PG_VERSION" ]; then
  umask 077
  cat "$POSTGRES_PASSWORD_FILE" >"$DATA/password"
  [ -z "$as" ] || chown postgres "$DATA/password"
  $as "$bin/initdb" -D "$DATA/db" -U "$POSTGRES_USER" --pwfile="$DATA/password" -A scram-sha-256 --no-locale -E UTF8 --no-sync >/dev/null
  rm "$DATA/password"
  echo "CREATE DATABASE $POSTGRES_DB;" | $as "$bin/postgres" --single -D "$DATA/db" postgres >/dev/null
fi
exec $as "$bin/postgres" -D "$DATA/db" -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off
`,
  mariadb: `#!/bin/sh
set -eu
as=--user=$(id -un)
if [ ! -d "$DATA/db/mysql" ]; then
  mariadb-install-db --no-defaults $as --datadir="$DATA/db" --skip-test-db --auth-root-authentication-method=normal >/dev/null
  {
    echo 'FLUSH PRIVILEGES;'
    printf "ALTER USER root@localhost IDENTIFIED BY '%s';\\n" "$(cat "$MARIADB_ROOT_PASSWORD_FILE")"
    echo "CREATE DATABASE $MARIADB_DATABASE;"
  } | mariadbd --no-defaults $as --datadir="$DATA/db" --bootstrap
fi
exec mariadbd --no-defaults $as --datadir="$DATA/db" --port="$PORT" --bind-address=127.0.0.1 --socket="$DATA/db/s" --innodb-buffer-pool-size=16M
`,
  redis: `#!/bin/sh
set -eu
printf 'requirepass "%s"\\n' "$(sed 's/["\\\\]/\\\\&/g' "$REDIS_PASSWORD_FILE")" >"$DATA/redis.conf"
exec redis-server "$DATA/redis.conf" --bind 127.0.0.1 --port "$PORT" --dir "$DATA" --save "\${SAVE-3600 1}" --appendonly "\${LOG-no}"
`,
};

/** Variables of the images, with the password in a file. */
export function variablesOf(kind: ServerKind, passwordFile: string): Record<string, string> {
  switch (kind) {
    case 'postgres':
      return { POSTGRES_USER: 'ledger', POSTGRES_DB: 'books', POSTGRES_PASSWORD_FILE: passwordFile };
    case 'mariadb':
      return { MARIADB_DATABASE: 'books', MARIADB_ROOT_PASSWORD_FILE: passwordFile };
    case 'redis':
      return { REDIS_PASSWORD_FILE: passwordFile };
  }
}

/** Programs of the servers and where they come from; which are missing here, or undefined. */
export function whyNoServers(): string | undefined {
  const wanted = {
    mariadbd: 'mariadb-server',
    'redis-server': 'redis-server',
    sqlite3: 'sqlite3',
    python3: 'python3',
    setpriv: 'util-linux',
  };
  const missing = Object.entries(wanted).filter(([tool]) => !isThere(tool));
  const postgres = globSync('/usr/lib/postgresql/*/bin/initdb').length > 0 ? [] : [['initdb', 'postgresql'] as const];
  const all = [...missing, ...postgres].map(([tool, from]) => `${tool} (${from})`);
  return all.length === 0 ? undefined : `missing: ${all.join(', ')}`;
}

/** Whether a program is on PATH. */
export function isThere(tool: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A server on a scratch directory, as the only one of its port. Call {@link Server.dispose}. */
export class Server {
  readonly kind: ServerKind;
  readonly root: string;
  readonly port: number;
  #child: ChildProcess | undefined;

  private constructor(kind: ServerKind, port: number) {
    this.kind = kind;
    this.port = port;
    this.root = mkdtempSync(join(tmpdir(), 'cc-ci-store-'));
    chmodSync(this.root, 0o711);
    mkdirSync(join(this.root, 'data'));
    writeFileSync(join(this.root, 'password'), PASSWORD, { mode: 0o600 });
  }

  static async open(kind: ServerKind): Promise<Server> {
    return new Server(kind, await freePort());
  }

  /** Its environment on a host, with a client's PATH. */
  get env(): Record<string, string> {
    const path = process.env.PATH ?? '/usr/bin:/bin';
    const variables = variablesOf(this.kind, join(this.root, 'password'));
    return {
      ...variables,
      PATH: `${path}:/usr/sbin`,
      PORT: String(this.port),
      DATA: join(this.root, 'data'),
      HOME: this.root,
    };
  }

  start(env: Record<string, string> = {}): void {
    const script = SERVE[this.kind];
    this.#child = spawn('/bin/sh', ['-c', script], {
      env: { ...this.env, ...env },
      cwd: this.root,
      detached: true,
      stdio: 'ignore',
    });
  }

  /** To the server's own process and those of its group. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid !== undefined) process.kill(-pid, signal);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(-child.pid, signal);
    await ended;
  }

  async dispose(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
  }
}
