import fc from 'fast-check';

/** A recipe with overlays, as JSON that is YAML, and the variables it may read. */
export interface GeneratedRecipe {
  files: Record<string, string>;
  env: Record<string, string>;
}

type Json = unknown;

const word = fc.constantFrom('alpha', 'beta', 'gamma', 'x1', 'with space', 'a=b', 'tick`s', '"quoted"', 'é');
const key = fc.constantFrom('KA', 'KB', 'KC', 'VAR_SET', 'VAR_EMPTY', 'VAR_NONE');
const variable = fc.constantFrom(
  '${VAR_SET}',
  '$VAR_SET',
  '${VAR_EMPTY}',
  '${VAR_EMPTY:-fall back}',
  '${VAR_EMPTY-kept}',
  '${VAR_NONE:-none}',
  '${VAR_NONE}',
  'pre-${VAR_SET}-post',
  'cost $$5 $${VAR_SET}',
);
const text = fc.oneof(word, fc.constant(''), variable);
const duration = fc.constantFrom('0s', '5s', '1m30s');
const name = fc.constantFrom('main', 'extra');

/** A map, or the same as a list of `KEY=value` and `KEY`. */
const mapOrList = (): fc.Arbitrary<Json> =>
  fc.oneof(
    fc.dictionary(key, fc.option(text), { maxKeys: 4 }),
    fc.uniqueArray(
      fc.oneof(
        key,
        fc.tuple(key, text).map((pair) => pair.join('=')),
      ),
      {
        maxLength: 4,
        selector: (item) => item.split('=')[0],
      },
    ),
  );
const labels = (): fc.Arbitrary<Json> => fc.oneof(fc.dictionary(key, text, { maxKeys: 3 }), mapOrListOfTexts());
const mapOrListOfTexts = (): fc.Arbitrary<Json> =>
  fc.uniqueArray(
    fc.tuple(key, text).map((pair) => pair.join('=')),
    { maxLength: 3, selector: (item) => item.split('=')[0] },
  );
const words = fc.array(word, { minLength: 1, maxLength: 3 });
const count = fc.constantFrom<Json>(0, 1, 3, '${VAR_COUNT}');
const truth = fc.constantFrom<Json>(true, false, '${VAR_TRUTH}');

const mount = fc.oneof(
  fc.tuple(name, fc.constantFrom('/data', '/more')).map(([source, target]) => `${source}-data:${target}`),
  fc.tuple(name, fc.constantFrom('/data', '/more')).map(([source, target]) => `${source}-data:${target}:ro`),
  fc.record({
    type: fc.constant('volume'),
    source: name.map((source) => `${source}-data`),
    target: fc.constantFrom('/data', '/more'),
    read_only: truth,
  }),
);
const targetOf = (item: string | { target: string }): string =>
  typeof item === 'string' ? (item.split(':')[1] ?? '') : item.target;
const port = fc.oneof(
  fc.constantFrom<Json>('8080:80', '8081:81/udp', '127.0.0.1:8082:82', '9000-9001:90-91'),
  fc.record({
    target: fc.constantFrom(80, 81),
    published: fc.constantFrom<Json>(8083, '${VAR_PORT}'),
    mode: fc.constant('host'),
  }),
);
const reference = fc.oneof(
  name,
  fc.record(
    {
      source: name,
      target: fc.constantFrom('/one', '/two'),
      mode: fc.constantFrom(0o444, 0o400),
      uid: fc.constant('1'),
    },
    { requiredKeys: ['source'] },
  ),
);
const networks = fc.oneof(
  fc.uniqueArray(fc.constantFrom('inner', 'outer'), { maxLength: 2 }),
  fc.dictionary(
    fc.constantFrom('inner', 'outer'),
    fc.option(fc.record({ aliases: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }) })),
    { maxKeys: 2 },
  ),
);

const deploy = fc.record(
  {
    replicas: count,
    labels: labels(),
    endpoint_mode: fc.constantFrom('vip', 'dnsrr'),
    restart_policy: fc.record(
      { condition: fc.constantFrom('any', 'on-failure', 'none'), max_attempts: count, delay: duration },
      { requiredKeys: [] },
    ),
    update_config: fc.record(
      { parallelism: count, order: fc.constantFrom('start-first', 'stop-first'), monitor: duration },
      { requiredKeys: [] },
    ),
    placement: fc.record({
      constraints: fc.array(fc.constantFrom('node.role==manager', 'node.labels.a==b'), { maxLength: 2 }),
    }),
    resources: fc.record({ limits: fc.record({ memory: fc.constantFrom('10M', '20M'), cpus: fc.constant('0.5') }) }),
  },
  { requiredKeys: [] },
);

const service = fc.record(
  {
    image: fc.constantFrom('img/a:1', 'img/b:${VAR_COUNT}'),
    environment: mapOrList(),
    labels: labels(),
    command: fc.oneof(words, fc.constantFrom('run it', 'go "a b"')),
    entrypoint: fc.oneof(words, fc.constant('/entry.sh')),
    read_only: truth,
    init: fc.boolean(),
    user: fc.oneof(word, fc.constant('')),
    hostname: fc.constantFrom('', 'h'),
    dns: fc.oneof(fc.constant('1.1.1.1'), fc.constant(['1.1.1.1', '2.2.2.2'])),
    cap_add: fc.array(fc.constantFrom('A', 'B'), { maxLength: 2 }).map((list) => [...new Set(list)]),
    extra_hosts: fc.constant(['a:1.1.1.1']),
    sysctls: fc.constantFrom<Json>({ a: '1' }, ['a=2', 'b=3']),
    stop_grace_period: duration,
    healthcheck: fc.record(
      {
        test: fc.oneof(fc.constant('true'), fc.constant(['CMD', 'a'])),
        interval: duration,
        retries: count,
        disable: fc.constantFrom<Json>(false, '${VAR_FALSE}'),
      },
      { requiredKeys: [] },
    ),
    logging: fc.record({ driver: fc.constantFrom('one', 'two'), options: fc.dictionary(key, word, { maxKeys: 2 }) }),
    ulimits: fc.constantFrom<Json>({ nofile: 5 }, { nofile: { soft: 1, hard: 2 } }),
    volumes: fc.uniqueArray(mount, { maxLength: 2, selector: targetOf }),
    ports: fc
      .array(port, { maxLength: 2 })
      .map((list) => [...new Map(list.map((item) => [JSON.stringify(item), item])).values()]),
    secrets: fc
      .array(reference, { maxLength: 2 })
      .map((list) => [...new Map(list.map((item) => [JSON.stringify(item), item])).values()]),
    configs: fc
      .array(reference, { maxLength: 2 })
      .map((list) => [...new Map(list.map((item) => [JSON.stringify(item), item])).values()]),
    networks,
    deploy,
  },
  { requiredKeys: ['image'] },
);
const overlayService = service.map(({ image: _, ...rest }) => rest);

const things = (external: boolean): Json => ({
  main: external ? { external: true, name: '${STACK_NAME}_main_${VAR_SET}' } : null,
  extra: external ? { external: true } : null,
});
const sections = {
  secrets: things(true),
  configs: things(true),
  volumes: { 'main-data': null, 'extra-data': { labels: { a: 'b' } } },
  networks: { inner: { internal: true }, outer: { external: true, name: 'proxy' } },
};

const env = fc.record(
  {
    VAR_SET: fc.constantFrom('set', 'two words', 'dollar$1'),
    VAR_EMPTY: fc.constant(''),
    VAR_COUNT: fc.constantFrom('0', '2'),
    VAR_TRUTH: fc.constantFrom('true', 'false', 'Yes', 'off'),
    VAR_PORT: fc.constant('8084'),
    VAR_FALSE: fc.constantFrom('false', 'No', 'off'),
    KA: word,
  },
  { requiredKeys: ['VAR_SET', 'VAR_COUNT', 'VAR_TRUTH', 'VAR_PORT', 'VAR_FALSE'] },
);

/** A base file, none to two overlays over the same services, and an env. */
export const generatedRecipe: fc.Arbitrary<GeneratedRecipe> = fc
  .record({
    base: fc.record({ app: service, web: service }, { requiredKeys: ['app'] }),
    overlays: fc.array(fc.record({ app: overlayService }), { maxLength: 2 }),
    env,
  })
  .map(({ base, overlays, env: values }) => {
    const anchored = (text: string): string => text.replace('"labels":', '"labels": &marks ');
    const files = [
      ['compose.yml', anchored(JSON.stringify({ version: '3.8', services: base, ...sections }))],
      ...overlays.map((services, at) => [`compose.o${at}.yml`, JSON.stringify({ version: '3.8', services })]),
    ];
    const COMPOSE_FILE = files.map(([file]) => file).join(':');
    return { files: Object.fromEntries(files), env: { ...values, COMPOSE_FILE } };
  });
