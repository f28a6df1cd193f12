import fc from 'fast-check';

/** A compose file that deviates in one place, or in a few, from one that is taken. */
export interface Deviation {
  text: string;
  /** The places, for the reader of a failure. */
  what: string;
}

/** Variables that values may read. */
export const DEVIATION_ENV: Readonly<Record<string, string>> = { T: 'yes', N: '2', E: '', B: 'b', D: '10s' };

/** Keys of a service, nested ones with blanks; `-` is an item of a list. */
const SERVICE_PLACES = `image hostname user working_dir domainname command entrypoint environment environment.A labels
labels.A deploy deploy.mode deploy.replicas deploy.labels deploy.labels.A deploy.endpoint_mode
deploy.update_config deploy.update_config.order deploy.update_config.parallelism deploy.update_config.delay
deploy.update_config.max_failure_ratio deploy.rollback_config.parallelism deploy.rollback_config.order
deploy.restart_policy deploy.restart_policy.condition deploy.restart_policy.max_attempts
deploy.restart_policy.window deploy.resources.limits deploy.resources.limits.memory
deploy.resources.limits.cpus deploy.resources.limits.pids deploy.resources.reservations.memory
deploy.placement.constraints deploy.placement.max_replicas_per_node deploy.imaeg
depends_on env_file healthcheck healthcheck.test healthcheck.interval healthcheck.retries healthcheck.disable
healthcheck.start_period healthcheck.start_interval ports ports.- ports.-.target ports.-.published
ports.-.mode ports.-.host_ip volumes volumes.- volumes.-.type volumes.-.source
volumes.-.read_only secrets secrets.- secrets.-.mode secrets.-.uid configs configs.-.mode
networks networks.n networks.n.aliases dns dns_search tmpfs cap_add extra_hosts sysctls sysctls.A ulimits
ulimits.nofile ulimits.nofile.soft init privileged read_only stdin_open tty stop_grace_period stop_signal restart build
container_name expose expose.- logging logging.driver logging.options logging.options.A shm_size links
security_opt devices pid ipc network_mode userns_mode isolation oom_score_adj cgroup_parent profiles platform extends
mem_limit volumes_from pull_policy imaeg x-own x-own.a`
  .split(/\s+/)
  .map((one) => one.replaceAll('.', ' '));
const TOP_PLACES = [
  'version',
  'name',
  'x-top',
  'x-top a',
  'volumes v',
  'volumes v driver',
  'volumes v driver_opts',
  'volumes v driver_opts A',
  'volumes v external',
  'volumes v labels',
  'volumes v name',
  'networks n',
  'networks n driver',
  'networks n external',
  'networks n internal',
  'networks n attachable',
  'networks n ipam',
  'networks n labels',
  'secrets s',
  'secrets s file',
  'secrets s external',
  'secrets s name',
  'secrets s template_driver',
  'configs c file',
  'configs c external',
  'configs c content',
];
const VALUES = [
  ...['', '~', 'a', 'b c', '""', '"a"', '5', '"5"', '-1', '+5', '0', '1.5', '"1.5"', '1.0', '1.10', '1e3', '010', '08'],
  ...['0x1f', '0o17', '0b11', '1_000', '12345678901234567890', '123456789012345678901234567890', '.inf', '.5', '5.'],
  ...['true', 'false', '"true"', 'yes', 'no', 'on', 'True', 'TRUE', '2020-01-01', '2020-13-01', '2020-01-01T10:00:00Z'],
  ...['10s', '"10s"', '1d', '"0"', '-5s', '1h30m', '512M', '"512M"', '10 MB', '0.5', '"0.5"', '80:80', '"80:80"'],
  ...['"8080-8081:80-81"', '"8080-8090:80"', '"99999:80"', '"80:80/udp"', '"80/ip"', '"1.2.3.4:80:80"', '"a:80"'],
  ...['[]', '{}', '[a]', '[a, b]', '[a, a]', '[5]', '["5"]', '[true]', '[1.5]', '[~]', '[[a]]', '[A=1]', '[A=1, A=2]'],
  ...[
    '{a: b}',
    '{A: 5}',
    '{A: true}',
    '{A: 1.10}',
    '{A: }',
    '{A: [b]}',
    '{A: {b: c}}',
    '[{A: b}]',
    '{5: a}',
    '{yes: a}',
  ],
  ...[
    '{name: a}',
    '{source: v, target: /v}',
    '[{type: volume, source: v, target: /v}]',
    '[v]',
    '["v:/v"]',
    '"v:/v:ro"',
  ],
  ...[
    '"v:/a:ro:x"',
    '"v::/a"',
    '"/v"',
    '"./v:/v"',
    '[s]',
    '[n]',
    '[c]',
    '{n: }',
    '{n: {aliases: [a]}}',
    '{condition: a}',
  ],
  ...['[{path: a.env}]', 'nope.env', '[nope.env]', 'start-first', 'on-failure', 'replicated', 'vip', 'volume', 'bind'],
  ...['{soft: 1, hard: 2}', '{soft: 1}', '{soft: a, hard: b}', 'CMD', '[CMD, a]', '[NONE]', '"a \'b"', '"a \\"b c\\""'],
  ...[
    '"${T}"',
    '"${N}"',
    '"${E}"',
    '"${NOPE}"',
    '"${NOPE:-5}"',
    '"${NOPE-x}"',
    '"${NOPE:-${B}}"',
    '"$B-x"',
    '"${B:+y}"',
  ],
  ...['"${B"', '"$"', '"$$"', '"${NOPE?}"', '"${NOPE:?why}"', '"${D}"', '"pre-${N}"', '${N}', '!!str 5', '!!int "5"'],
  ...[
    '"3.8"',
    '"3"',
    '"3.0"',
    '"3.13"',
    '"3.14"',
    '"2.4"',
    '3.8',
    '3',
    '|-\n      a\n      b',
    '&x a',
    '*x',
    "'it''s'",
  ],
];

/** What is nearly right, or right, by the last keys of a place. */
const NEAR: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /replicas|parallelism|attempts|retries|per_node|mode$|target|published|nofile|soft|pids|oom/,
    ['1', '010', '0x1f', '1.0', '-1', '"1"', '1e1', '08', '"${N}"', '1_0', '1.5', '"${NOPE}"'],
  ],
  [/interval|delay|window|period/, ['10s', '1m30s', '"${D}"', '"0"', '0', '1d', '1.5h', '+5s', '".5s"', '10', '1µs']],
  [/memory|size$/, ['64M', '1g', '1.5 GiB', '"512"', '512', '5 XB', '1e3k', '5kbs', '"${N}m"', '""', '-5M', '.5m']],
  [
    /ports( -)?$/,
    [
      '"80"',
      '80',
      '"80-81:80-81"',
      '"80-82:80-81"',
      '"[::1]:80:80/tcp"',
      '"::1:80:80"',
      '"80:80/TCP"',
      '"1:2-3"',
      '70000',
      '80.0',
    ],
  ],
  [
    /volumes( -)?$/,
    ['"v:/v:ro,z"', '"a:/etc:/x"', '"v:/v:"', '":/v"', '"v"', '"~/v:/v"', '"v:/v:nocopy"', '"é:/v"', '"/a:/b:rw:x"'],
  ],
  [
    /environment|labels|options|driver_opts|sysctls| A$/,
    [
      '[A]',
      '[A=1]',
      '{A: 1}',
      '{A: 2020-01-01}',
      '{A: 0x1f}',
      '{A: "b"}',
      '{A: yes}',
      '["A=${N}"]',
      '{A: ~}',
      '[A, A]',
    ],
  ],
  [/command|entrypoint|test/, ['a b', '[a, b]', '"a # b"', '"a \\"', '""a"', "'a \"b'", '[a, 1]', '"$$HOME"', '"\\""']],
  [
    /external|internal|attachable|read_only|init|tty|stdin|privileged|disable/,
    ['true', 'false', '"${T}"', '"true"', 'yes', '"${N}"', 'TRUE', '{name: a}'],
  ],
  [/version/, ['"3.0"', '"3.1"', '"3.2"', '"3.3"', '"3.4"', '"3.6"', '"3.7"', '"3.9"', '"3.12"', '""', '3.10', '"v3"']],
  [/./, ['a', '"a"', '[a]', '[a, b]', '"${T}"', '{a: b}', '5']],
];

/** A file whose `places` are written with these values, all else being in order. */
export function fileWith(places: readonly (readonly [place: string, value: string])[]): string {
  const top = places
    .filter(([place]) => place.startsWith('/'))
    .map(([place, value]) => lines(place.slice(1), value, 0));
  const own = places.filter(([place]) => !place.startsWith('/')).map(([place, value]) => lines(place, value, 4));
  const given = (key: string): boolean => places.some(([place]) => place === `/${key}` || place.startsWith(`/${key} `));
  const image = places.some(([place]) => place === 'image') ? [] : ['    image: x'];
  const sections = [
    ['version', 'version: "3.13"'],
    ['volumes', 'volumes: {v: }'],
    ['networks', 'networks: {n: }'],
    ['secrets', 'secrets: {s: {external: true}}'],
    ['configs', 'configs: {c: {external: true}}'],
  ].flatMap(([key = '', line = '']) => (given(key) ? [] : [line]));
  return [...sections, ...top, 'services:', '  app:', ...image, ...own].join('\n').concat('\n');
}

function lines(place: string, value: string, indent: number): string {
  let text = '';
  let lead = ' '.repeat(indent);
  const steps = place.split(' ');
  steps.forEach((step, index) => {
    const last = index === steps.length - 1;
    if (step === '-') text += last ? `${lead}- ${value}` : '';
    else text += `${lead}${step}:${last ? ` ${value}` : '\n'}`;
    lead = step === '-' ? `${lead}- ` : `${lead.replace('-', ' ')}  `;
  });
  return text;
}

const place = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...SERVICE_PLACES) },
  { weight: 1, arbitrary: fc.constantFrom(...TOP_PLACES.map((one) => `/${one}`)) },
);

const valueFor = (where: string): fc.Arbitrary<string> => {
  const [, near = []] = NEAR.find(([pattern]) => pattern.test(where)) ?? [];
  return fc.oneof(fc.constantFrom(...VALUES), { weight: 2, arbitrary: fc.constantFrom(...near) });
};

/** One deviation, now and then two at different keys. */
export const deviation: fc.Arbitrary<Deviation> = fc
  .uniqueArray(
    place.chain((one) => valueFor(one).map((value) => [one, value] as const)),
    {
      minLength: 1,
      maxLength: 2,
      selector: ([one]) => one.split(' ')[0],
    },
  )
  .map((places) => ({
    text: fileWith(places),
    what: places.map(([one, value]) => `${one}: ${value}`).join('; '),
  }));
