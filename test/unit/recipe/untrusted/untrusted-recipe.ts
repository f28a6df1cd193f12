import type { Compose } from '../../../../lib/recipe/compose.ts';
import { unlistedKeys } from '../../../../lib/recipe/untrusted/unlisted-keys.ts';
import { composeOf } from '../recipe-files.ts';

export const DOMAIN = 'st.example.org';
export const STACK = 'st_example_org';

/** What is not listed of this compose file, or of these files. */
export async function unlistedOf(
  files: Readonly<Record<string, string>> | string,
  env: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const given = { DOMAIN, STACK_NAME: STACK, ...env };
  return unlistedKeys(await composeOf(files, given), { domain: DOMAIN, env: given, ports: [] });
}

/** What is not listed of this tree, which is already merged. */
export function unlistedOfTree(compose: Compose, raw: Record<string, unknown>): string[] {
  return unlistedKeys({ ...compose, raw }, { domain: DOMAIN, env: {}, ports: [] });
}

/** A label of each sort that recipes of the community have; shapes as in the wild. */
const ROUTED = `
        - "traefik.enable=true"
        - "traefik.docker.network=proxy"
        - "traefik.http.services.\${STACK_NAME}.loadbalancer.server.port=80"
        - "traefik.http.routers.\${STACK_NAME}.rule=Host(\`\${DOMAIN}\`\${EXTRA_DOMAINS})"
        - "traefik.http.routers.\${STACK_NAME}.entrypoints=web-secure"
        - "traefik.http.routers.\${STACK_NAME}.tls.certresolver=\${LETS_ENCRYPT_ENV}"
        - "traefik.http.routers.\${STACK_NAME}.middlewares=\${STACK_NAME}-redirect"
        - "traefik.http.middlewares.\${STACK_NAME}-redirect.headers.SSLForceHost=true"
        - "traefik.http.middlewares.\${STACK_NAME}-redirect.headers.SSLHost=\${DOMAIN}"
        - "coop-cloud.\${STACK_NAME}.version=2.0.1+1.0.6"`;

/** Recipes of the shapes that are out there, by what is special about them. */
export const HONEST: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a static site': {
    'compose.yml': `version: "3.8"
services:
  app:
    image: nginx:1.27.2
    networks: [proxy]
    deploy:
      restart_policy: {condition: on-failure}
      labels:${ROUTED}
networks: {proxy: {external: true}}
`,
  },
  'a database, secrets, templated configs, an entrypoint, backups and updates': {
    'compose.yml': `version: "3.8"
x-common: &common {restart: always}
services:
  app:
    <<: *common
    image: \${REGISTRY:-docker.io}/bonfire:\${VERSION:-1.0}-social-amd64
    depends_on: [db]
    entrypoint: /app/entrypoint.sh
    stop_grace_period: 2m
    environment: ["HOSTNAME=\${DOMAIN}", SECRET_KEY, "TASK={{.Task.Slot}}"]
    secrets: [db_password, {source: smtp_password, target: smtp-password}]
    configs: [{source: entry, target: /app/entrypoint.sh, mode: 0555}]
    volumes: ["uploads:/data", "/scratch", {type: tmpfs, target: /run/x, tmpfs: {size: 1000000}}]
    networks: [proxy, internal]
    tmpfs: ["/tmp:size=\${SIZE:-1024}M^"]
    healthcheck: {test: [CMD, curl, -f, "http://localhost"], interval: 30s, timeout: 10s, retries: 10, start_period: 1m}
    deploy:
      update_config: {failure_action: rollback, order: start-first}
      rollback_config: {order: start-first}
      restart_policy: {condition: on-failure, delay: 5s, max_attempts: 3}
      resources: {limits: {memory: 512M, cpus: "0.5"}, reservations: {memory: 64M}}
      labels:${ROUTED}
        - "coop-cloud.\${STACK_NAME}.timeout=\${TIMEOUT:-300}"
        - "backupbot.backup=\${ENABLE_BACKUPS:-true}"
  db:
    image: postgres:17
    command: ["postgres", "-c", "shared_buffers=1GB"]
    read_only: true
    volumes: ["db-data:/var/lib/postgresql/data"]
    networks: [internal]
    secrets: [db_password]
    deploy:
      labels:
        backupbot.backup: "true"
        backupbot.backup.pre-hook: "/pg_backup.sh backup"
        backupbot.backup.volumes.db-data.path: "backup.sql"
        backupbot.restore.post-hook: "/pg_backup.sh restore"
networks: {proxy: {external: true}, internal: {driver: overlay, internal: true}}
volumes: {uploads: , db-data: {}}
secrets:
  db_password: {external: true, name: "\${STACK_NAME}_db_password_v1"}
  smtp_password: {external: true, name: "\${STACK_NAME}_smtp_password_v1"}
configs: {entry: {name: "\${STACK_NAME}_entry_v3", file: entrypoint.sh.tmpl, template_driver: golang}}
`,
    'entrypoint.sh.tmpl': '',
  },
  'a front end that is not called app, a worker at rest, old version labels': {
    'compose.yml': `services:
  web:
    image: proxy:1
    networks: {proxy: {aliases: ["\${DOMAIN}"]}, default: {aliases: [front]}}
    deploy:
      labels: ["traefik.enable=true", "coop-cloud.\${STACK_NAME}.web.version=5.7.2-92fac7ac"]
  app:
    image: app:1
    deploy: {replicas: 0, restart_policy: {condition: none}}
  ghost:
    image: worker:1
    hostname: "mail.\${DOMAIN}"
    cap_drop: [ALL]
    deploy: {endpoint_mode: dnsrr, mode: replicated-job}
networks: {proxy: {external: true}}
`,
  },
  'a published port that the controller reserves': {
    'compose.yml': `services:
  app: {image: x, ports: [{target: 80, published: "\${PORT}", mode: host}, "\${PORT}:443/tcp", "8080"]}
`,
  },
  'an overlay with basic auth and its own host names': {
    'compose.yml': `version: "3.8"
services:
  app: {image: x, networks: [proxy], deploy: {labels: ["traefik.enable=true"]}}
networks: {proxy: {external: true}}
`,
    'compose.auth.yml': `version: "3.8"
services:
  app:
    deploy:
      labels:
        - "traefik.http.routers.\${STACK_NAME}_a.rule=HostRegexp(\`{sub:[a-z]+}.\${DOMAIN}\`) && PathPrefix(\`/a\`)"
        - "Traefik.HTTP.routers.\${STACK_NAME}_a.TLS.domains[0].sans=*.\${DOMAIN}, a.\${DOMAIN}"
        - "traefik.http.middlewares.\${STACK_NAME}-auth.basicauth.users=ada:$$apr1$$x$$y"
        - "traefik.http.routers.\${STACK_NAME}_a.middlewares=\${STACK_NAME}-auth@docker,\${STACK_NAME}-redirect@swarm"
`,
  },
};

/** The env with which {@link HONEST} are read. */
export const HONEST_ENV = { PORT: '{port:app}', LETS_ENCRYPT_ENV: 'production', SECRET_KEY: 'k' };
