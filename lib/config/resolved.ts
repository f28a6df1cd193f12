import { join } from 'node:path';
import { parseDuration } from '../api/duration.ts';
import type { DefaultedControllerConfig } from '../api/generated/defaulted.ts';

/** A configuration in the units that code works in: durations in milliseconds, sizes in bytes, paths absolute. */
export interface ResolvedConfig
  extends Omit<
    DefaultedControllerConfig,
    'resync' | 'deletionGrace' | 'hostPorts' | 'untrusted' | 'disk' | 'memory' | 'metrics' | 'site' | 'forge'
  > {
  resyncMs: number;
  deletionGraceMs: number;
  /** Both inclusive. */
  hostPorts: { first: number; last: number };
  /** Of each container. */
  untrusted: { memoryBytes: number; cpus: number; pids: number };
  disk: { pruneAbovePercent: number; floorBytes: number };
  memory: { floorBytes: number };
  metrics: { listen?: ListenAddress };
  site: SiteSettings;
  forge: Omit<DefaultedControllerConfig['forge'], 'pollInterval' | 'webhook'> & {
    pollIntervalMs: number;
    webhook: { listen?: ListenAddress; secretFile?: string };
  };
}

export interface SiteSettings {
  /** Absolute. */
  directory: string;
  listen?: ListenAddress;
  /** Public address of the directory, with a slash at its end. */
  url?: string;
}

export interface ListenAddress {
  host: string;
  port: number;
}

/** The same configuration in the units of {@link ResolvedConfig}. Pure; expects a valid configuration. */
export function resolveUnits(config: DefaultedControllerConfig): ResolvedConfig {
  const { resync, deletionGrace, hostPorts, untrusted, disk, memory, metrics, site, forge, ...same } = config;
  const [first = 0, last = 0] = hostPorts.split('-').map(Number);
  const { pollInterval, webhook, ...sameForge } = forge;
  return {
    ...same,
    resyncMs: parseDuration(resync),
    deletionGraceMs: parseDuration(deletionGrace),
    hostPorts: { first, last },
    untrusted: { memoryBytes: parseBytes(untrusted.memory), cpus: untrusted.cpus, pids: untrusted.pids },
    disk: { pruneAbovePercent: Number.parseInt(disk.pruneAbove, 10), floorBytes: parseBytes(disk.floor) },
    memory: { floorBytes: parseBytes(memory.floor) },
    metrics: listenOf(metrics.listen),
    site: {
      directory: site.directory ?? join(config.stateDirectory, 'site'),
      ...listenOf(site.listen),
      ...(site.url === undefined ? {} : { url: site.url.replace(/\/*$/, '/') }),
    },
    forge: {
      ...sameForge,
      pollIntervalMs: parseDuration(pollInterval),
      webhook: {
        ...listenOf(webhook.listen),
        ...(webhook.secretFile === undefined ? {} : { secretFile: webhook.secretFile }),
      },
    },
  };
}

/** What the schema cannot say: ranges that are empty or leave the port numbers. One line per fault. */
export function unitProblems(config: ResolvedConfig): string[] {
  const { first, last } = config.hostPorts;
  const listens = [config.metrics.listen, config.site.listen, config.forge.webhook.listen];
  const ports = listens.flatMap((listen) => listen?.port ?? []);
  const problems = [];
  if (first < 1 || last > 65_535 || first > last)
    problems.push(`hostPorts: found ${first}-${last}, expected first and last port of a range within 1 to 65535`);
  if (ports.some((port) => port > 65_535)) problems.push('listen: found a port above 65535');
  if (config.untrusted.memoryBytes < LEAST_MEMORY_BYTES)
    problems.push('untrusted.memory: found less than 16MiB, in which nothing starts');
  config.alerts.sinks.forEach(({ webhook, command }, at) => {
    if (webhook !== undefined && !URL.canParse(webhook.url))
      problems.push(
        `alerts.sinks[${at}].webhook.url: found what is no URL, expected one such as https://hooks.example.org`,
      );
    if (command?.[0] === '') problems.push(`alerts.sinks[${at}].command[0]: found nothing, expected a program`);
  });
  if (config.site.url !== undefined && !URL.canParse(config.site.url))
    problems.push('site.url: found what is no URL, expected one such as https://ci.example.org/status/');
  if ([config.specDirectory, config.stateDirectory].includes(config.site.directory))
    problems.push(`site.directory: found ${config.site.directory}, which holds other files, expected one of its own`);
  if (config.specDirectory === config.stateDirectory)
    problems.push(`specDirectory and stateDirectory: both are ${config.specDirectory}, expected two directories`);
  return problems;
}

const LEAST_MEMORY_BYTES = 16 * 2 ** 20;
const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

function parseBytes(text: string): number {
  const unit = text.replace(/^[\d.]+/, '');
  return Math.round(Number.parseFloat(text) * (BYTES[unit] ?? 1));
}

function listenOf(text: string | undefined): { listen?: ListenAddress } {
  if (text === undefined) return {};
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(0, colon)).replace(/^\[(.*)\]$/, '$1');
  return { listen: { host: host === '' ? '127.0.0.1' : host, port: Number(text.slice(colon + 1)) } };
}
