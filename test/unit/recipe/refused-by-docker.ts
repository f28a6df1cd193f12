const app = (body: string, top = ''): string => `version: "3.8"\nservices:\n  app: {image: x, ${body}}\n${top}`;

/** Compose files whose meaning is clear and which the docker CLI refuses all the same, with the key at fault. */
export const REFUSED_BY_DOCKER: readonly (readonly [string, string])[] = [
  ['app.environment', app('environment: [{A: b}]')],
  ['app.environment', app('environment: [1]')],
  ['app.labels', app('labels: [true]')],
  ['app.deploy.labels', app('deploy: {labels: [{a: b}]}')],
  ['app.networks', app('networks: [a, a]', 'networks: {a: {}}')],
  ['app.networks', app('networks: [5]', 'networks: {"5": {}}')],
  ['app.depends_on', app('depends_on: x')],
  ['app.depends_on', app('depends_on: {x: {condition: service_healthy}}')],
  ['app.volumes', app('volumes: {a: b}')],
  ['app.secrets', app('secrets: {s: {source: s}}', 'secrets: {s: {external: true}}')],
  ['app.env_file', app('env_file: {a: b}')],
  ['app.env_file', app('env_file: [5]')],
  ['app.read_only', app('read_only: "true"')],
  ['app.tty', app('tty: yes')],
  ['app.deploy.replicas', app('deploy: {replicas: "2"}')],
  ['app.healthcheck.retries', app('healthcheck: {retries: "3"}')],
  ['app.configs.0.mode', app('configs: [{source: c, mode: "0444"}]', 'configs: {c: {external: true}}')],
  ['networks.n.internal', app('networks: [n]', 'networks: {n: {internal: "true"}}')],
  ['version', 'version: 3.8\nservices: {app: {image: x}}\n'],
];

/** The same with a variable, of which the CLI makes a number or a truth value. */
export const TAKEN_BY_DOCKER: readonly string[] = [
  app('read_only: "${T}"'),
  app('deploy: {replicas: "${N}"}'),
  app('healthcheck: {retries: "${N:-3}"}'),
  app('configs: [{source: c, mode: 0444}]', 'configs: {c: {external: true}}'),
  app('environment: ["A=1", B]'),
  app('volumes: [{type: volume, target: /v, read_only: true}]'),
];
