import { SERVE } from './servers.ts';
import type { StoreRecipe } from './store-recipe.ts';

/** A copy of a file that a hook makes is saved; another hook reads it in. */
const labels = (file: string): string[] => [
  'backupbot.backup=true',
  'backupbot.backup.pre-hook=./dump.sh save',
  `backupbot.backup.volumes.data.path=${file}`,
  'backupbot.restore.post-hook=./dump.sh load',
];

const MARIADB_CLIENT = `export MYSQL_PWD=$(cat "$MARIADB_ROOT_PASSWORD_FILE")
at="--no-defaults --protocol=tcp -h 127.0.0.1 -P $PORT -u root"`;
const MARIADB_DUMP = 'mariadb-dump $at books >"$DATA/backup.sql"';

const DUMPED_MARIADB = {
  kind: 'mariadb',
  image: 'mariadb:10.11',
  variables: ['MARIADB_DATABASE: books', 'MARIADB_ROOT_PASSWORD_FILE: "{secret:db_password}"'],
  labels: labels('backup.sql'),
  files: {
    'dump.sh': `#!/bin/sh
set -eu
${MARIADB_CLIENT}
case $1 in
  save) ${MARIADB_DUMP} ;;
  load)
    mariadb $at -e 'DROP DATABASE books; CREATE DATABASE books'
    mariadb $at books <"$DATA/backup.sql"
    ;;
esac
`,
  },
} as const satisfies StoreRecipe;

const REDIS_CLIENT = `export REDISCLI_AUTH=$(cat "$REDIS_PASSWORD_FILE")
ask() { redis-cli -h 127.0.0.1 -p "$PORT" "$@"; }`;
const REDIS_DUMP = 'ask SAVE; cp "$DATA/dump.rdb" "$DATA/backup.rdb"';

/** Snapshots only. A server reads one when it starts: it is ended, and started again by whoever keeps it running. */
const DUMPED_REDIS = {
  kind: 'redis',
  image: 'valkey/valkey:8',
  variables: ['REDIS_PASSWORD_FILE: "{secret:db_password}"'],
  labels: labels('backup.rdb'),
  files: {
    'dump.sh': `#!/bin/sh
set -eu
${REDIS_CLIENT}
case $1 in
  save) ${REDIS_DUMP} ;;
  load)
    cp "$DATA/backup.rdb" "$DATA/dump.rdb"
    ask SHUTDOWN NOSAVE || true
    ;;
esac
`,
  },
} as const satisfies StoreRecipe;

/** The server's script with something that goes on beside it from when it is up. */
function beside(serve: string, script: string): string {
  const at = serve.lastIndexOf('\nexec ') + 1;
  return `${serve.slice(0, at)}${script}\n${serve.slice(at)}`;
}

/** The dump is the one that was made when the server came up. */
function stale(
  recipe: StoreRecipe,
  dump: string,
  { made, from, to }: { made: string; from: string; to: string },
): StoreRecipe {
  const script = recipe.files?.['dump.sh'] ?? '';
  return {
    ...recipe,
    files: {
      'dump.sh': script.replace(dump, `cp "$DATA/${from}" "$DATA/${to}"`),
      'serve.sh': beside(SERVE[recipe.kind], made),
    },
  };
}

/** Recipes that save a dump by a hook, as it should be and with an old one. */
export const DUMPED = {
  mariadb: DUMPED_MARIADB,
  'stale-mariadb': stale(DUMPED_MARIADB, MARIADB_DUMP, {
    made: `(
  ${MARIADB_CLIENT}
  until mariadb-dump $at books >"$DATA/early.part" 2>/dev/null; do sleep 0.2; done
  mv "$DATA/early.part" "$DATA/early.sql"
) &`,
    from: 'early.sql',
    to: 'backup.sql',
  }),
  redis: DUMPED_REDIS,
  'stale-redis': stale(DUMPED_REDIS, REDIS_DUMP, {
    made: `(
  ${REDIS_CLIENT}
  until [ "$(ask SAVE)" = OK ]; do sleep 0.2; done
  [ -e "$DATA/early.rdb" ] || cp "$DATA/dump.rdb" "$DATA/early.rdb"
) >/dev/null 2>&1 &`,
    from: 'early.rdb',
    to: 'backup.rdb',
  }),
} as const satisfies Record<string, StoreRecipe>;
