/**
 * The keys of Docker's compose formats up to 3.13 and of the compose specification, by where they stand, and of these the
 * ones that untrusted commits may use, with values that they may have. Written from the formats, not from the code.
 */

type Values = Readonly<Record<string, readonly unknown[]>>;

/** A place in a compose file. `into` puts a key there in a service `app` that is otherwise allowed. */
export interface SchemaPlace {
  /** All keys that there are. */
  keys: readonly string[];
  /** Those that may be there, each with values that it may have. */
  allowed: Values;
  into: (key: string, value: unknown) => Record<string, unknown>;
}

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);

export const file = (app: unknown, top: Record<string, unknown> = {}): Record<string, unknown> => ({
  services: { app },
  networks: { proxy: { external: true }, inner: {} },
  ...top,
});
const service = (more: Record<string, unknown>): Record<string, unknown> => file({ image: 'x:1', ...more });
const section = (name: string, key: string, value: unknown): Record<string, unknown> =>
  file({ image: 'x:1' }, { [name]: { own: { [key]: value } } });
const update = (name: string): SchemaPlace => ({
  keys: words('parallelism delay failure_action monitor max_failure_ratio order'),
  allowed: {
    parallelism: [0, 2],
    delay: ['10s'],
    failure_action: ['rollback', 'pause', 'continue'],
    monitor: ['30s'],
    max_failure_ratio: [0, 0.3],
    order: ['start-first', 'stop-first'],
  },
  into: (key, value) => service({ deploy: { [name]: { [key]: value } } }),
});

export const PLACES: Readonly<Record<string, SchemaPlace>> = {
  file: {
    keys: words('version name include services networks volumes secrets configs models'),
    allowed: { version: ['3.8', '3.13'] },
    into: (key, value) => file({ image: 'x:1' }, { [key]: value }),
  },
  service: {
    keys: words(`annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent cgroupns_mode command configs
      container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset
      credential_spec depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint
      env_file environment expose extends external_links extra_hosts gpus group_add healthcheck hostname image init ipc
      isolation label_file labels links logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit
      models network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform ports post_start pre_stop
      privileged profiles provider pull_policy pull_refresh_after read_only restart runtime scale secrets security_opt
      shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user
      userns_mode uts volume_driver volumes volumes_from working_dir`),
    allowed: {
      cap_drop: [['ALL'], []],
      command: ['run', ['a', 'b']],
      configs: [{}],
      depends_on: [{ db: null }, {}],
      deploy: [{}],
      entrypoint: ['/e', ['a']],
      environment: [{ A: 'b', C: null }, {}],
      expose: [['80']],
      healthcheck: [{ test: ['CMD', 'true'] }],
      hostname: ['mail.st.example.org'],
      image: ['nginx:1', 'r.example.org:5000/a/b@sha256:00'],
      init: [true, false],
      labels: [{}],
      networks: [{ proxy: null }, { inner: { aliases: ['db'] } }],
      ports: [[]],
      privileged: [false],
      read_only: [true],
      restart: ['always'],
      secrets: [{}],
      stdin_open: [true],
      stop_grace_period: ['2m'],
      stop_signal: ['SIGKILL'],
      tmpfs: ['/tmp', ['/tmp']],
      tty: [false],
      ulimits: [{ nofile: 1024 }, { nofile: { soft: 1, hard: 2 } }],
      user: ['1000:1000', 1000],
      volumes: [{ '/v': 'data:/v:ro' }, { '/v': '/v' }],
      working_dir: ['/w'],
    },
    into: (key, value) => service({ [key]: value }),
  },
  deploy: {
    keys: words(
      'mode replicas labels update_config rollback_config resources restart_policy placement endpoint_mode job',
    ),
    allowed: {
      mode: ['replicated', 'replicated-job'],
      replicas: [0, 3],
      labels: [{}],
      update_config: [{}],
      rollback_config: [{}],
      resources: [{}],
      restart_policy: [{}],
      endpoint_mode: ['vip', 'dnsrr'],
    },
    into: (key, value) => service({ deploy: { [key]: value } }),
  },
  update: update('update_config'),
  rollback: update('rollback_config'),
  restart: {
    keys: words('condition delay max_attempts window'),
    allowed: { condition: ['none', 'on-failure', 'any'], delay: ['5s'], max_attempts: [3], window: ['1m'] },
    into: (key, value) => service({ deploy: { restart_policy: { [key]: value } } }),
  },
  limits: {
    keys: words('cpus memory pids'),
    allowed: { cpus: ['0.5', 2], memory: ['512M', '1gb', 1048576], pids: [100] },
    into: (key, value) => service({ deploy: { resources: { limits: { [key]: value } } } }),
  },
  reservations: {
    keys: words('cpus memory pids generic_resources devices'),
    allowed: { cpus: ['0.5'], memory: ['64M'] },
    into: (key, value) => service({ deploy: { resources: { reservations: { [key]: value } } } }),
  },
  placement: {
    keys: words('constraints preferences max_replicas_per_node'),
    allowed: {},
    into: (key, value) => service({ deploy: { placement: { [key]: value } } }),
  },
  healthcheck: {
    keys: words('disable interval retries test timeout start_period start_interval'),
    allowed: {
      disable: [true],
      interval: ['30s'],
      retries: [3],
      test: [['CMD', 'a'], 'a'],
      timeout: ['5s'],
      start_period: ['1m'],
      start_interval: ['2s'],
    },
    into: (key, value) => service({ healthcheck: { [key]: value } }),
  },
  mount: {
    keys: words('type source target read_only consistency bind volume tmpfs image cluster npipe'),
    allowed: {
      type: ['volume', 'tmpfs'],
      source: ['data'],
      target: ['/v'],
      read_only: [true],
      volume: [{ nocopy: true }],
      tmpfs: [{ size: 1000 }],
    },
    into: (key, value) => service({ volumes: { '/v': { [key]: value } } }),
  },
  reference: {
    keys: words('source target uid gid mode'),
    allowed: { source: ['own'], target: ['/x'], uid: ['0'], gid: ['0'], mode: [0o444] },
    into: (key, value) => service({ secrets: { own: { [key]: value } } }),
  },
  port: {
    keys: words('mode target published protocol host_ip name app_protocol'),
    allowed: { mode: ['host', 'ingress'], target: [80], published: ['{port:app}', 0], protocol: ['tcp', 'udp'] },
    into: (key, value) => service({ ports: [{ [key]: value }] }),
  },
  meeting: {
    keys: words(
      'aliases ipv4_address ipv6_address link_local_ips mac_address driver_opts priority gw_priority interface_name',
    ),
    allowed: { aliases: [['st.example.org'], ['st_example_org_app']] },
    into: (key, value) => service({ networks: { proxy: { [key]: value } } }),
  },
  network: {
    keys: words('name driver driver_opts ipam external internal attachable enable_ipv4 enable_ipv6 labels'),
    allowed: {
      name: ['st_example_org_own'],
      driver: ['overlay'],
      external: [false],
      internal: [true],
      attachable: [false],
    },
    into: (key, value) => section('networks', key, value),
  },
  volume: {
    keys: words('name driver driver_opts external labels'),
    allowed: { name: ['st_example_org_own'], driver: ['local'], external: [false] },
    into: (key, value) => section('volumes', key, value),
  },
  secret: {
    keys: words('name file environment external labels driver driver_opts template_driver'),
    allowed: { name: ['st_example_org_own_v1'], file: ['own.txt'], external: [false] },
    into: (key, value) => section('secrets', key, value),
  },
  config: {
    keys: words('name file content environment external labels template_driver'),
    allowed: {
      name: ['st_example_org_own_v1'],
      file: ['a/own.conf'],
      external: [false],
      template_driver: ['golang'],
    },
    into: (key, value) => section('configs', key, value),
  },
};
