import { STORES_IMAGE } from '../../rig/stores-image.ts';
import { BUSYBOX_IMAGE } from '../../rig/test-engine.ts';
import { SERVE, variablesOf } from '../../stores/servers.ts';
import { README } from '../../stores/store-recipe.ts';
import type { Files } from '../recipes.ts';

/** The face of an app, for the ingress of the tests. */
const face = (version: string, rest: string): string => `    networks: [proxy]
    healthcheck: { test: ["CMD", "test", "-e", "/www/index.html"], interval: 1s, start_period: 1m }
    deploy:
      endpoint_mode: dnsrr
      restart_policy: { condition: any }
      labels:
        - "traefik.enable=true"
        - "traefik.http.services.\${STACK_NAME}.loadbalancer.server.port=8080"
        - "traefik.http.routers.\${STACK_NAME}.rule=Host(\`\${DOMAIN}\`)"
        - "traefik.http.routers.\${STACK_NAME}.entrypoints=web-secure"
        - "coop-cloud.\${STACK_NAME}.version=${version}"
${rest}`;

const filesOf = (compose: string): Files => ({
  'compose.yml': `version: "3.8"\n${compose}networks:\n  proxy: { external: true }\n  internal:\nvolumes: { data: }\n`,
  '.env.sample': 'TYPE=store\nDOMAIN=store.example.org\nSECRET_DB_PASSWORD_VERSION=v1 # length=32 charset=hex\n',
  'README.md': `# store\n<!-- metadata -->\n${README}\n<!-- endmetadata -->\n`,
});

/** A version of a recipe with a real server in a container; the name of its image says nothing. */
export function swarmStore(kind: 'mariadb' | 'redis', version: string): Files {
  const variables = { ...variablesOf(kind, '/run/secrets/db_password'), DATA: '/data' };
  const port = kind === 'redis' ? 6379 : 3306;
  const lines = Object.entries({ ...variables, PORT: port }).map(([name, value]) => `      ${name}: "${value}"\n`);
  return {
    ...filesOf(`services:
  app:
    image: ${STORES_IMAGE}
    command: ["sh", "-c", "mkdir -p /www; echo up >/www/index.html; exec httpd -f -p 8080 -h /www"]
${face(version, '')}  db:
    image: ${STORES_IMAGE}
    command: ["sh", "/serve.sh"]
    environment:
${lines.join('')}    secrets: [db_password]
    configs: [{ source: serve, target: /serve.sh, mode: 0555 }]
    volumes: ["data:/data"]
    networks: [internal]
    healthcheck: { test: ["CMD", "test", "-d", "/data"], interval: 1s }
    deploy:
      endpoint_mode: dnsrr
      restart_policy: { condition: any, delay: 1s }
      labels: ["backupbot.backup=true"]
secrets:
  db_password: { external: true, name: "\${STACK_NAME}_db_password_\${SECRET_DB_PASSWORD_VERSION}" }
configs:
  serve: { name: "\${STACK_NAME}_serve_\${SERVE_VERSION}", file: serve.sh }
`),
    'serve.sh': SERVE[kind],
    'abra.sh': 'export SERVE_VERSION=v1\n',
  };
}

/** A version of a recipe with a file of SQLite; `Client`: its image has the shell of SQLite, and uses it. */
export function swarmSqlite(client: 'Client' | 'NoClient', version: string): Files {
  const image = client === 'Client' ? STORES_IMAGE : BUSYBOX_IMAGE;
  const make =
    client === 'Client'
      ? 'sqlite3 /data/app.db "CREATE TABLE IF NOT EXISTS notes (text)"'
      : "[ -e /data/app.db ] || printf 'SQLite format 3\\000%0100d' 0 >/data/app.db";
  const script = `mkdir -p /www; echo up >/www/index.html; ${make}; exec httpd -f -p 8080 -h /www`;
  return filesOf(`services:
  app:
    image: ${image}
    command: ["sh", "-c", ${JSON.stringify(script)}]
    volumes: ["data:/data"]
${face(version, '        - "backupbot.backup=true"\n')}`);
}
