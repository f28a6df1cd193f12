import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { hostImageCommand } from './host-image.ts';
import { testSocket } from './test-engine.ts';

/** This machine's own MariaDB, Redis and SQLite, which are Debian's, with a busybox for everything else. */
export const STORES_IMAGE = 'cc-ci-test/stores:1';

const PROGRAMS = [
  ...['mariadbd', 'mariadb', 'mariadb-admin', 'mariadb-install-db', 'my_print_defaults', 'resolveip'],
  ...['redis-server', 'redis-cli', 'sqlite3'],
];
const IMPORT_MS = 120_000;

/** Builds {@link STORES_IMAGE} by way of a new directory `scratch`, unless the engine has it: seconds, and no network. @throws when a program is missing. */
export function ensureStoresImage(scratch: string): void {
  const env = { PATH: process.env.PATH, HOME: tmpdir(), DOCKER_HOST: `unix://${testSocket()}` };
  const image = { name: STORES_IMAGE, programs: PROGRAMS, trees: ['/usr/share/mysql'] };
  const [program, ...args] = hostImageCommand(image, scratch);
  execFileSync(program, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: IMPORT_MS,
  });
}
