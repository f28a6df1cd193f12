import { isTree } from '../compose-document.ts';
import type { Compose } from '../compose-types.ts';
import { plainKey } from '../compose-unify.ts';
import { labelRules } from './label-rules.ts';
import { memoryBytes } from './memory.ts';
import { isOwnHost, isOwnName, type Owner } from './owner.ts';
import {
  anyText,
  anyTexts,
  duration,
  each,
  items,
  keys,
  oneOf,
  onlyFalse,
  type Rule,
  text,
  truth,
  whole,
} from './rule.ts';

/** The network on which the ingress meets every app. */
export const SHARED_NETWORK = 'proxy';
/** What a service joins that names none; a recipe may say that this is another. */
const DEFAULT_NETWORK = 'default';
const HOUR_MS = 3_600_000;
const GRACE_MS = 300_000;
/** Names that the main service of a recipe has: each answers to its own on the shared network. */
const FACING = ['app', 'web', 'frontend'];
/** Templates of the engine that tell an app of itself. */
const TEMPLATE = /\{\{ *\.(Service\.(ID|Name)|Task\.(ID|Name|Slot)) *\}\}/g;

/** A text in which the engine fills nothing in but the app's own names. */
const untemplated: Rule = text(
  'without templates of the engine but .Service and .Task',
  (value) => !value.replaceAll(TEMPLATE, '').includes('{{'),
);

/** Variables of a container; the engine fills templates into their names as well. */
export const VARIABLES: Rule = each((key) => (key.includes('{{') ? templatedName : untemplated), '');
const templatedName: Rule = (_, path) => [{ path, rule: 'has a template of the engine in its name' }];

/** Docker's grammar: `volume:/target[:options]` or `/target`. A single letter and a colon would be a drive to it. */
const SHORT_MOUNT = /^([A-Za-z0-9][A-Za-z0-9_.-]+:)?\/[^:]*(:(ro|rw|nocopy)(,(ro|rw|nocopy))*)?$/;
/** Before the platform fills in the number. */
const RESERVED = /^\{port:[^{}]+\}$/;
const SHORT_RESERVED = /^\{port:[^{}]+\}:\d{1,5}(\/(tcp|udp))?$/;
const HEALTHCHECK = keys({
  test: anyTexts,
  interval: duration(1_000, HOUR_MS),
  timeout: duration(1, HOUR_MS),
  retries: whole(0, 1_000),
  start_period: duration(0, HOUR_MS),
  start_interval: duration(1_000, HOUR_MS),
  disable: truth,
});

/** The keys of a service. Pure. */
export function serviceRules(owner: Owner, isSharedNetwork: (key: string) => boolean): (name: string) => Rule {
  const common = {
    image: text('an image', (value) => /^[A-Za-z0-9][\w.:/@-]*$/.test(value)),
    command: anyTexts,
    entrypoint: anyTexts,
    environment: VARIABLES,
    healthcheck: HEALTHCHECK,
    hostname: text('a host name', (value) => /^[A-Za-z0-9.-]*$/.test(value)),
    labels: labelRules(owner),
    deploy: deployRules(owner),
    volumes: each(() => mount),
    secrets: each(() => reference),
    configs: each(() => reference),
    ports: items(publishedPort(owner)),
    init: truth,
    user: anyText,
    working_dir: anyText,
    read_only: truth,
    stdin_open: truth,
    tty: truth,
    privileged: onlyFalse,
    stop_signal: text('a signal', (value) => /^[A-Za-z0-9+-]+$/.test(value)),
    stop_grace_period: duration(0, GRACE_MS),
    cap_drop: items(anyText),
    ulimits: keys({ nofile: openFiles }),
    // No effect on a swarm, and not passed on.
    depends_on: each(() => () => []),
    expose: items(anyText),
    restart: anyText,
    tmpfs: anyTexts,
  } satisfies Record<string, Rule>;
  return (name) => {
    const network = (key: string): Rule => (isSharedNetwork(key) ? meeting(name, owner) : inner);
    const listed = keys({ ...common, networks: each(network, {}) });
    return (value, path) => {
      const silent = isTree(value) && !(isTree(value.networks) && Object.keys(value.networks).length > 0);
      return [
        ...listed(value, path),
        ...(silent ? network(DEFAULT_NETWORK)({}, [...path, 'networks', 'default']) : []),
      ];
    };
  };
}

/** The services that join the network of the ingress. Pure. */
export function neighbourlyServices({ services, networks }: Compose): string[] {
  const shared = Object.entries(networks).flatMap(([key, { external, name = external ? key : '' }]) =>
    name === SHARED_NETWORK ? [key] : [],
  );
  const joined = (names: readonly string[]): readonly string[] => (names.length === 0 ? [DEFAULT_NETWORK] : names);
  return services
    .filter((service) => joined(service.networks).some((key) => shared.includes(key)))
    .map(({ name }) => name);
}

/** The keys of a service that have no effect here, so that none can come with another engine. */
export const WITHOUT_EFFECT: readonly string[] = ['depends_on', 'expose', 'privileged', 'restart', 'tmpfs'];

const inner: Rule = keys({ aliases: items(text('a host name', (value) => /^[A-Za-z0-9_.-]+$/.test(value))) });

/** On the shared network everybody hears a name: the engine gives each service its own, an alias comes on top. */
function meeting(service: string, owner: Owner): Rule {
  const isOwn = (alias: string): boolean => isOwnName(alias, owner) || isOwnHost(alias, owner);
  const aliases = keys({ aliases: items(text(`${owner.domain} or ${owner.stack}`, isOwn)) });
  if (FACING.includes(service) || isOwnName(service, owner)) return aliases;
  const rule = `lets the service answer to the name ${service} of other apps; only ${FACING.join(', ')} may join ${SHARED_NETWORK}`;
  return (_, path) => [{ path, rule }];
}

const LONG_MOUNT = keys({
  type: oneOf('volume', 'tmpfs'),
  source: text('a volume of the app', (value) => value === '' || /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(value)),
  target: text('an absolute path', (value) => value.startsWith('/')),
  read_only: truth,
  volume: keys({ nocopy: truth }),
  tmpfs: keys({ size: whole(0, 2 ** 30) }),
});

const mount: Rule = (value, path) => {
  if (typeof value !== 'string') return LONG_MOUNT(value, path);
  return SHORT_MOUNT.test(value) ? [] : [{ path, rule: 'must mount a volume of the app at an absolute path' }];
};

/** Short, it stands for its key. */
const reference: Rule = (value, path) => {
  if (typeof value === 'string')
    return value === plainKey(path.at(-1) ?? '') ? [] : [{ path, rule: 'must name itself' }];
  return keys({ source: anyText, target: anyText, uid: anyText, gid: anyText, mode: whole(0, 0o777) })(value, path);
};

/** One that the controller reserves for the app, or one that the engine picks. */
function publishedPort({ ports }: Owner): Rule {
  const isOwn = (port: string): boolean => port === '0' || RESERVED.test(port) || ports.includes(Number(port));
  const long = keys({
    mode: oneOf('host', 'ingress'),
    target: whole(1, 65_535),
    published: text('a port that {port:…} in the env of the app reserves', isOwn),
    protocol: oneOf('tcp', 'udp'),
  });
  const short = text('{port:…}:<port>, reserved in the env of the app', (value) => SHORT_RESERVED.test(value));
  return (value, path) => (typeof value === 'object' ? long : short)(value, path);
}

const openFiles: Rule = (value, path) => {
  const count = whole(1, 65_536);
  return typeof value === 'object' ? keys({ soft: count, hard: count })(value, path) : count(value, path);
};

/** Tasks of one service, and of all services of an app together. */
export const MOST_TASKS = 10;
const decimal = text('a number', (value) => /^\d{1,6}(\.\d{1,9})?$/.test(value));
const memory = text('a size like 512M', (value) => memoryBytes(value) !== undefined);
const RESOURCES = { cpus: decimal, memory };
const UPDATE = keys({
  parallelism: whole(0, MOST_TASKS),
  delay: duration(0, HOUR_MS),
  failure_action: oneOf('pause', 'continue', 'rollback'),
  monitor: duration(0, HOUR_MS),
  max_failure_ratio: decimal,
  order: oneOf('start-first', 'stop-first'),
});

/**
 * The keys below `deploy`. Global modes would run on every node, placement would choose it; reservations pass, and are
 * not kept: what a test reserves, live apps lack. Pure.
 */
function deployRules(owner: Owner): Rule {
  return keys({
    mode: oneOf('replicated', 'replicated-job'),
    replicas: whole(0, MOST_TASKS),
    labels: labelRules(owner),
    endpoint_mode: oneOf('vip', 'dnsrr'),
    update_config: UPDATE,
    rollback_config: UPDATE,
    restart_policy: keys({
      condition: oneOf('none', 'on-failure', 'any'),
      delay: duration(1_000, HOUR_MS),
      max_attempts: whole(0, 1_000),
      window: duration(0, HOUR_MS),
    }),
    resources: keys({ limits: keys({ ...RESOURCES, pids: whole(0, 1_000_000) }), reservations: keys(RESOURCES) }),
  });
}
