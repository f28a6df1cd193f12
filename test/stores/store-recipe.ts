import type { Files } from '../e2e/recipes.ts';
import { SERVE, type ServerKind } from './servers.ts';

export interface StoreRecipe {
  kind: ServerKind;
  image: string;
  /** Lines below `x-process.environment` of the server, after its data directory. */
  variables: readonly string[];
  /** Deploy labels of the server. */
  labels: readonly string[];
  /** More files. */
  files?: Files;
}

/** What lint wants of a README. */
export const README = ['Category', 'Status', 'Image', 'Healthcheck', 'Backups', 'Email', 'Tests', 'SSO']
  .map((key) => `* **${key}**: x`)
  .join('\n');

const FACE = `#!/bin/sh
exec node -e 'require("node:http").createServer((_, response) => response.end("up")).listen(process.env.PORT, "127.0.0.1")'
`;

/** A version of a recipe with a real server beside a face that knows nothing of it. No profile goes with it. */
export function storeFiles(version: string, { kind, image, variables, labels, files = {} }: StoreRecipe): Files {
  return {
    'face.sh': FACE,
    'serve.sh': SERVE[kind],
    '.env.sample': 'TYPE=store\nDOMAIN=store.example.org\nSECRET_DB_PASSWORD_VERSION=v1 # length=24\n',
    'README.md': `# store\n<!-- metadata -->\n${README}\n<!-- endmetadata -->\n`,
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/face:1.0.0
    x-process: { command: [./face.sh], port: 80 }
    networks: [proxy]
    healthcheck: { test: ["CMD", "true"] }
    deploy:
      labels:
        - "traefik.enable=true"
        - "coop-cloud.\${STACK_NAME}.version=${version}"
  db:
    image: ${image}
    x-process:
      command: [./serve.sh]
      port: 5432
      environment:
        DATA: "{volume:data}"
${variables.map((line) => `        ${line}\n`).join('')}    secrets: [db_password]
    volumes: ["data:/data"]
    healthcheck: { test: ["CMD", "true"] }
    deploy:
      labels:
${labels.map((line) => `        - ${JSON.stringify(line.replaceAll('$', '$$$$'))}\n`).join('')}secrets:
  db_password: { external: true, name: "\${STACK_NAME}_db_password_\${SECRET_DB_PASSWORD_VERSION}" }
volumes: { data: {} }
networks:
  proxy: { external: true }
`,
    ...files,
  };
}

const PG = 'export PGPASSWORD=$(cat $POSTGRES_PASSWORD_FILE) PGHOST=127.0.0.1 PGPORT=$PORT PGUSER=ledger';
const POSTGRES: StoreRecipe = {
  kind: 'postgres',
  image: 'postgres:15',
  variables: ['POSTGRES_USER: ledger', 'POSTGRES_DB: books', 'POSTGRES_PASSWORD_FILE: "{secret:db_password}"'],
  labels: [
    'backupbot.backup=true',
    'backupbot.backup.pre-hook=./dump.sh save',
    'backupbot.backup.volumes.data.path=backup.sql',
    'backupbot.restore.post-hook=./dump.sh load',
  ],
  files: {
    'dump.sh': `#!/bin/sh
set -eu
${PG}
case $1 in
  save) pg_dump -f "$DATA/backup.sql" books ;;
  load)
    psql -qd postgres -c 'DROP DATABASE books WITH (FORCE)' -c 'CREATE DATABASE books'
    psql -qd books -v ON_ERROR_STOP=1 -f "$DATA/backup.sql" >/dev/null
    ;;
esac
`,
  },
};

export const RECIPES = {
  /** A dump, as most recipes make one. */
  postgres: POSTGRES,
  /** The dump is the one that was made when the server came up. */
  stale: {
    ...POSTGRES,
    files: {
      'dump.sh': (POSTGRES.files?.['dump.sh'] ?? '').replace(
        'pg_dump -f "$DATA/backup.sql" books',
        'cp "$DATA/early.sql" "$DATA/backup.sql"',
      ),
      'serve.sh': SERVE.postgres.replace(
        'exec $as "$bin/postgres"',
        `${PG}
( until pg_isready -q; do sleep 0.1; done; pg_dump -f "$DATA/early.sql" books ) &
exec $as "$bin/postgres"`,
      ),
    },
  },
  /** The whole volume, as it lies there while the server runs. */
  mariadb: {
    kind: 'mariadb',
    image: 'mariadb:10.11',
    variables: ['MARIADB_DATABASE: books', 'MARIADB_ROOT_PASSWORD_FILE: "{secret:db_password}"'],
    labels: ['backupbot.backup=true'],
  },
  redis: {
    kind: 'redis',
    image: 'valkey/valkey:8',
    variables: ['REDIS_PASSWORD_FILE: "{secret:db_password}"'],
    labels: ['backupbot.backup=true'],
  },
} as const satisfies Record<string, StoreRecipe>;
