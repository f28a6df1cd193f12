import { mapValues, present } from '../../api/objects.ts';
import { CcError } from '../../errors.ts';
import type { Compose, ComposeService } from '../../recipe/compose.ts';
import type { Endpoint } from '../platform.ts';
import { type PortUse, portNumber, unknownPlaceholder } from '../port-placeholders.ts';
import type { AppLayout } from './layout.ts';
import type { AppliedService, HealthCheck, ServiceLaunch } from './record.ts';

/** What the services of an app are launched with, beside the compose files. */
export interface LaunchSurroundings {
  layout: AppLayout;
  /** The revision's checkout. */
  directory: string;
  endpoints: readonly Endpoint[];
  /** Compose name → file with the value. */
  secrets: Readonly<Record<string, string>>;
  /** PATH of the services. */
  path: string;
}

/** The ports that the services ask for, the main one of a service first. Pure. */
export function portUses(compose: Compose): PortUse[] {
  return compose.services.flatMap(({ name: service, process }) => [
    ...(process?.port === undefined ? [] : [{ service, name: '' }]),
    ...Object.keys(process?.ports ?? {}).map((name) => ({ service, name })),
  ]);
}

/**
 * The services, ready to be launched: environment complete, placeholders filled in. Pure.
 * @throws CcError `InvalidInput`: a placeholder or secret that nothing stands behind, two names that become one variable.
 */
export function planServices(compose: Compose, surroundings: LaunchSurroundings): AppliedService[] {
  for (const { name } of compose.secrets) secretFile(name, surroundings);
  refuseCollisions(compose);
  return compose.services.map((service) => ({
    name: service.name,
    image: service.image,
    replicas: service.replicas,
    volumes: volumesOf(compose, service),
    launch: planLaunch(compose, service, surroundings),
  }));
}

function planLaunch(compose: Compose, service: ComposeService, surroundings: LaunchSurroundings): ServiceLaunch {
  const fill = (text: string): string => fillPlaceholders(text, compose, surroundings);
  const health = healthOf(service, fill);
  return {
    command: (service.process?.command ?? []).map(fill),
    directory: surroundings.directory,
    environment: {
      ...service.environment,
      ...mapValues(service.process?.environment ?? {}, fill),
      ...environmentOf(compose, service.name, surroundings),
    },
    restart: service.restart,
    ...present({ maxAttempts: service.maxAttempts, restartDelayMs: service.delayMs, health }),
    stopGraceMs: service.stopGraceMs,
    maskFiles: Object.values(surroundings.secrets),
  };
}

/** The named volumes that a service mounts, or has filled in as `{volume:…}`. */
function volumesOf(compose: Compose, { volumes, process }: ComposeService): string[] {
  const texts = [...(process?.command ?? []), ...Object.values(process?.environment ?? {})];
  return volumeNames(compose).filter(
    (name) => volumes.some(({ source }) => source === name) || texts.some((text) => text.includes(`{volume:${name}}`)),
  );
}

/** The variables of the platform's own; they win over the recipe's. */
function environmentOf(compose: Compose, service: string, surroundings: LaunchSurroundings): Record<string, string> {
  const { endpoints, layout } = surroundings;
  const ports = endpoints.filter((endpoint) => endpoint.service === service);
  const mains = endpoints.filter(({ name }) => name === '');
  return {
    ...Object.fromEntries(ports.map(({ name, port }) => [name ? `PORT_${variable(name)}` : 'PORT', String(port)])),
    HOST: '127.0.0.1',
    ...Object.fromEntries(volumeNames(compose).map((name) => [`CCCI_VOLUME_${variable(name)}`, layout.volume(name)])),
    ...Object.fromEntries(
      compose.secrets.map(({ name }) => [`CCCI_SECRET_${variable(name)}_FILE`, secretFile(name, surroundings)]),
    ),
    ...Object.fromEntries(mains.map((one) => [`CCCI_URL_${variable(one.service)}`, `http://${one.host}:${one.port}`])),
    HOME: layout.service(service).home,
    LANG: 'C.UTF-8',
    PATH: surroundings.path,
  };
}

function healthOf(service: ComposeService, fill: (text: string) => string): HealthCheck | undefined {
  const command = service.process?.healthcheck?.command;
  if (!command || service.healthcheck?.disable) return undefined;
  // Without a `healthcheck` block: the compose format's own defaults.
  const { intervalMs, timeoutMs, retries, startPeriodMs } = service.healthcheck ?? {
    intervalMs: 30_000,
    timeoutMs: 30_000,
    retries: 3,
    startPeriodMs: 0,
  };
  return { command: command.map(fill), intervalMs, timeoutMs, retries, startPeriodMs };
}

function fillPlaceholders(text: string, compose: Compose, surroundings: LaunchSurroundings): string {
  return text.replace(/\{(port|volume|secret):([^{}]+)\}/g, (whole, kind: string, name: string) => {
    if (kind === 'port') return portNumber(name, surroundings.endpoints);
    if (kind === 'secret') return secretFile(name, surroundings);
    if (volumeNames(compose).includes(name)) return surroundings.layout.volume(name);
    throw unknownPlaceholder(whole, 'no top-level volume has that name');
  });
}

function secretFile(name: string, { secrets }: LaunchSurroundings): string {
  const file = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (file !== undefined) return file;
  throw new CcError('InvalidInput', `the secret ${name} of the recipe has no value`, {
    remedy: 'Give its value by app.secrets.items, or let it be generated.',
  });
}

/** Top-level volumes, sorted. */
export function volumeNames(compose: Compose): string[] {
  return Object.keys(compose.volumes).toSorted();
}

/** A compose key as a part of a variable's name. */
function variable(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

function refuseCollisions(compose: Compose): void {
  const groups: [string, string[]][] = [
    ['volumes', volumeNames(compose)],
    ['secrets', compose.secrets.map(({ name }) => name)],
    ['services', compose.services.map(({ name }) => name)],
    ...compose.services.map((service): [string, string[]] => [
      `services.${service.name}.x-process.ports`,
      Object.keys(service.process?.ports ?? {}),
    ]),
  ];
  for (const [place, names] of groups) {
    const second = names.find((name, index) => names.findIndex((other) => variable(other) === variable(name)) < index);
    if (second === undefined) continue;
    throw new CcError(
      'InvalidInput',
      `${place}: ${second} and another name both become the variable …${variable(second)}`,
      {
        remedy: 'Rename one of the two in the compose file.',
      },
    );
  }
}
