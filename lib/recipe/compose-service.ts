import { present } from '../api/objects.ts';
import { isTree, type TreePath } from './compose-document.ts';
import type { ComposeReader } from './compose-reader.ts';
import type {
  ComposeHealthcheck,
  ComposeMount,
  ComposeProcess,
  ComposeReference,
  ComposeService,
} from './compose-types.ts';
import { plainKey } from './compose-unify.ts';
import type { Lookup } from './interpolation.ts';

const RESTART = { any: 'Always', 'on-failure': 'OnFailure', none: 'Never' } as const;
const MODES = {
  replicated: 'Replicated',
  global: 'Global',
  'replicated-job': 'ReplicatedJob',
  'global-job': 'GlobalJob',
} as const;
const DEFAULT_STOP_GRACE_MS = 10_000;
const DEFAULT_PROBE_MS = 30_000;
const DEFAULT_RETRIES = 3;

/** One service in its normal form. `env` gives the values of environment items without `=`. */
export function readService(reader: ComposeReader, name: string, env: Lookup): ComposeService {
  const at = (...keys: string[]): TreePath => ['services', name, ...keys];
  return {
    name,
    image: reader.text(at('image')) ?? '',
    labels: reader.textMap(at('deploy', 'labels'), () => ''),
    containerLabels: reader.textMap(at('labels'), () => ''),
    environment: reader.textMap(at('environment'), env),
    unset: unsetOf(reader, at('environment'), env),
    volumes: Object.keys(reader.map(at('volumes'))).map((key) => readMount(reader, at('volumes', key))),
    secrets: readReferences(reader, at('secrets'), (source) => source),
    configs: readReferences(reader, at('configs'), (source) => `/${source}`),
    networks: Object.keys(reader.map(at('networks'))),
    replicas: reader.count(at('deploy', 'replicas')) ?? 1,
    mode: choice(reader, at('deploy', 'mode'), MODES) ?? 'Replicated',
    restart: choice(reader, at('deploy', 'restart_policy', 'condition'), RESTART) ?? 'Always',
    stopGraceMs: reader.duration(at('stop_grace_period')) ?? DEFAULT_STOP_GRACE_MS,
    ...present({
      command: reader.textOrTexts(at('command')),
      entrypoint: reader.textOrTexts(at('entrypoint')),
      maxAttempts: reader.count(at('deploy', 'restart_policy', 'max_attempts')),
      delayMs: reader.duration(at('deploy', 'restart_policy', 'delay')),
      healthcheck: readHealthcheck(reader, at('healthcheck')),
      devices: reader.texts(at('devices')),
      tmpfs: readTmpfs(reader, at('tmpfs')),
      process: readProcess(reader, at('x-process'), env),
    }),
    keys: Object.keys(reader.map(at())).sort(),
  };
}

function unsetOf(reader: ComposeReader, path: TreePath, env: Lookup): string[] {
  const entries = Object.entries(reader.map(path));
  return entries.flatMap(([key, value]) => (value === null && env(key) === undefined ? [key] : []));
}

function choice<T>(reader: ComposeReader, path: TreePath, values: Readonly<Record<string, T>>): T | undefined {
  const text = reader.text(path);
  if (text === undefined || text === '') return undefined;
  if (Object.hasOwn(values, text)) return values[text];
  const known = Object.keys(values).join(', ');
  throw reader.fault(path, `must be one of ${known}, not "${text}"`, `Write one of ${known}.`);
}

function readHealthcheck(reader: ComposeReader, path: TreePath): ComposeHealthcheck | undefined {
  if (reader.value(path) === undefined) return undefined;
  const test = reader.textOrTexts([...path, 'test']);
  const none = test === 'NONE' || (Array.isArray(test) && test[0] === 'NONE');
  return {
    // To the engine zero means its default.
    intervalMs: reader.duration([...path, 'interval']) || DEFAULT_PROBE_MS,
    timeoutMs: reader.duration([...path, 'timeout']) || DEFAULT_PROBE_MS,
    retries: reader.count([...path, 'retries']) || DEFAULT_RETRIES,
    startPeriodMs: reader.duration([...path, 'start_period']) ?? 0,
    ...present({ test }),
    disable: none || reader.truth([...path, 'disable']),
  };
}

function readProcess(reader: ComposeReader, path: TreePath, env: Lookup): ComposeProcess | undefined {
  if (reader.value(path) === undefined) return undefined;
  const command = reader.texts([...path, 'command']) ?? [];
  if (command.length === 0)
    throw reader.fault([...path, 'command'], 'must name a program', 'Write it like command: [node, server.mjs].');
  const names = Object.keys(reader.map([...path, 'ports']));
  const ports = names.map((name) => [name, readPort(reader, [...path, 'ports', name]) ?? 0]);
  const check = reader.texts([...path, 'healthcheck', 'command']);
  return {
    command,
    ...present({ port: readPort(reader, [...path, 'port']), healthcheck: check && { command: check } }),
    ports: Object.fromEntries(ports),
    environment: reader.textMap([...path, 'environment'], env),
  };
}

function readPort(reader: ComposeReader, path: TreePath): number | undefined {
  const port = reader.count(path);
  if (port === undefined || (port > 0 && port < 65_536)) return port;
  throw reader.fault(path, 'must be a port number', 'Write a number from 1 to 65535.');
}

function readMount(reader: ComposeReader, path: TreePath): ComposeMount {
  const value = reader.value(path);
  if (!isTree(value)) return shortMount(reader.text(path) ?? '');
  const type = choice(reader, [...path, 'type'], { volume: 'volume', bind: 'bind', tmpfs: 'tmpfs' } as const);
  return {
    source: reader.text([...path, 'source']) ?? '',
    target: reader.text([...path, 'target']) ?? '',
    type: type ?? 'volume',
    readOnly: reader.truth([...path, 'read_only']),
  };
}

function shortMount(text: string): ComposeMount {
  const [first = '', second, options = ''] = text.split(':');
  const source = second === undefined ? '' : first;
  const bind = /^[/.~]/.test(source);
  const readOnly = options.split(',').includes('ro');
  return { source, target: second ?? first, type: bind ? 'bind' : 'volume', readOnly };
}

function readReferences(
  reader: ComposeReader,
  path: TreePath,
  defaultTarget: (source: string) => string,
): ComposeReference[] {
  return Object.keys(reader.map(path)).map((key) => {
    const source = plainKey(key);
    if (!isTree(reader.value([...path, key]))) return { source, target: defaultTarget(source) };
    const target = reader.text([...path, key, 'target']) ?? defaultTarget(source);
    return { source, target, ...present({ mode: reader.count([...path, key, 'mode']) }) };
  });
}

function readTmpfs(reader: ComposeReader, path: TreePath): string[] | undefined {
  const value = reader.textOrTexts(path);
  return typeof value === 'string' ? [value] : value;
}

/** Source: the grammar of distribution/reference. */
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const HOST = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${HOST}(?:\\.${HOST})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(`^(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*(?::[\\w][\\w.-]{0,127})?(?:@${DIGEST})?$`);
const LONGEST = 600;

/** Whether an engine takes the text for the name of an image. Pure. */
export function isImageName(text: string): boolean {
  return text.length <= LONGEST && REFERENCE.test(text);
}

/**
 * Why the docker CLI refuses a short volume (`source:target:options`); undefined where it takes it. A single letter before
 * a colon is a drive to it, on every system. Pure.
 */
export function volumeSpecFault(spec: string): string | undefined {
  if (spec === '') return ': invalid empty volume spec';
  if (spec.length <= 2) return undefined;
  const sections = sectionsOf(spec);
  if (sections.includes('')) return `: invalid spec: ${spec.slice(0, 80)}: empty section between colons`;
  return sections.length > 3 ? `: invalid spec: ${spec.slice(0, 80)}: too many colons` : undefined;
}

function sectionsOf(spec: string): string[] {
  const sections: string[] = [];
  let section = '';
  for (const char of spec) {
    if (char !== ':' || /^\p{L}$/u.test(section)) {
      section += char;
      continue;
    }
    sections.push(section);
    section = '';
  }
  return [...sections, section];
}
