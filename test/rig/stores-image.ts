import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { docker, testSocket } from './test-engine.ts';

/** This machine's own MariaDB, Redis and SQLite, which are Debian's, with a busybox for everything else. */
export const STORES_IMAGE = 'cc-ci-test/stores:1';

const PROGRAMS = [
  ...['mariadbd', 'mariadb', 'mariadb-admin', 'mariadb-install-db', 'my_print_defaults', 'resolveip'],
  ...['redis-server', 'redis-cli', 'sqlite3'],
];
const IMPORT_MS = 120_000;

/** Programs at their own places, with the libraries that they are linked to; busybox has all other names. */
const SCRIPT = `image=$1 tree=$2
shift 2
PATH=$PATH:/usr/sbin
mkdir -p "$tree/tmp" "$tree/etc" "$tree/bin"
chmod 1777 "$tree/tmp"
echo 'root:x:0:0:root:/:/bin/sh' >"$tree/etc/passwd"
echo 'root:x:0:' >"$tree/etc/group"
cp "$(command -v busybox)" "$tree/bin/busybox"
for name in $("$tree/bin/busybox" --list); do [ -e "$tree/bin/$name" ] || ln "$tree/bin/busybox" "$tree/bin/$name"; done
paths=
for name; do
  path=$(readlink -f "$(command -v "$name")")
  paths="$paths $path $(ldd "$path" 2>/dev/null | sed -n 's:^[^/]*\\(/[^ ]*\\) (0x.*:\\1:p')"
  [ "$path" = "/usr/bin/$name" ] || { mkdir -p "$tree/usr/bin"; ln -sf "$path" "$tree/usr/bin/$name"; }
done
cp -r --parents --dereference $(printf '%s\\n' $paths | sort -u) /usr/share/mysql "$tree"
tar -C "$tree" --owner=0 --group=0 -cf - . | docker import --change 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' - "$image"
`;

/** Builds {@link STORES_IMAGE} by way of a new directory `scratch`, unless the engine has it: seconds, and no network. @throws when a program is missing. */
export function ensureStoresImage(scratch: string): void {
  if (docker('image', 'ls', '-q', STORES_IMAGE).trim() !== '') return;
  const env = { PATH: process.env.PATH, HOME: tmpdir(), DOCKER_HOST: `unix://${testSocket()}` };
  execFileSync('sh', ['-euc', SCRIPT, 'sh', STORES_IMAGE, scratch, ...PROGRAMS], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: IMPORT_MS,
  });
}
