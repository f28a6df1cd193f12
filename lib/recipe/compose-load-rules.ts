import { COUNTS } from './compose-casts.ts';
import { asTree, type Tree } from './compose-document.ts';
import type { ComposeFault } from './compose-fault.ts';
import { volumeSpecFault } from './compose-service.ts';
import { isPortSpec } from './port-spec.ts';
import { shellWordsFault } from './shell-words.ts';

type Check = (value: unknown, path: readonly string[]) => ComposeFault | undefined;

const SIZES = ['deploy resources limits memory', 'deploy resources reservations memory'];
const COMMANDS = ['command', 'entrypoint'];
const SECTIONS = ['volumes', 'networks', 'secrets', 'configs'] as const;
const SIZE = /^\+?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\x20?(?:[kmgtp](?:i?b)?|b)?$/i;

/**
 * What the docker CLI refuses of a file that its schema takes: while it makes numbers, words, ports and mounts of the
 * texts (`cli/compose/loader`). `isDecimal` says whether the number at a path has a point or an exponent. Pure.
 */
export function loadFault(tree: Tree, isDecimal: (path: readonly string[]) => boolean): ComposeFault | undefined {
  const ofServices = Object.entries(asTree(tree.services)).flatMap(([name, service]) =>
    serviceFaults(asTree(service), ['services', name], isDecimal),
  );
  const ofSections = SECTIONS.flatMap((section) =>
    Object.entries(asTree(tree[section])).map(([name, body]) => sectionFault(asTree(body), [section, name])),
  );
  return [...ofServices, ...ofSections].find((fault) => fault !== undefined);
}

function serviceFaults(
  service: Tree,
  at: readonly string[],
  isDecimal: (path: readonly string[]) => boolean,
): (ComposeFault | undefined)[] {
  const checks: [pattern: string, check: Check][] = [
    ...COUNTS.map((pattern): [string, Check] => [pattern, countFault]),
    ...SIZES.map((pattern): [string, Check] => [pattern, sizeFault]),
    ...COMMANDS.map((pattern): [string, Check] => [pattern, commandFault]),
    ['ports *', (value, path) => portFault(value, path, isDecimal(path))],
    ['volumes *', mountFault],
    ['shm_size', memoryFault],
    ...['ulimits *', 'ulimits * soft', 'ulimits * hard'].map((pattern): [string, Check] => [
      pattern,
      (value, path) => limitFault(value, path, isDecimal(path)),
    ]),
  ];
  return checks.flatMap(([pattern, check]) =>
    valuesAt(service, pattern.split(' '), at).map(({ value, path }) => check(value, path)),
  );
}

function valuesAt(
  node: unknown,
  steps: readonly string[],
  path: readonly string[],
): { value: unknown; path: string[] }[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [{ value: node, path: [...path] }];
  if (typeof node !== 'object' || node === null) return [];
  const entries = Object.entries(node).filter(([key]) => step === '*' || key === step);
  return entries.flatMap(([key, value]) => valuesAt(value, rest, [...path, key]));
}

function countFault(value: unknown, path: readonly string[]): ComposeFault | undefined {
  if (typeof value !== 'number' || value >= 0) return undefined;
  return { path, rule: 'must not be negative', remedy: 'Write a number from 0 on.' };
}

function sizeFault(value: unknown, path: readonly string[]): ComposeFault | undefined {
  if (typeof value !== 'string' || SIZE.test(value)) return undefined;
  return { path, rule: `: invalid size: '${value.slice(0, 40)}'`, remedy: 'Write it like 512M or 1G.' };
}

/** The schema takes a number, the CLI then does not. */
function memoryFault(value: unknown, path: readonly string[]): ComposeFault | undefined {
  return typeof value === 'number' ? { path, rule: 'must be a string', remedy: 'Write it like 64M.' } : undefined;
}

function commandFault(value: unknown, path: readonly string[]): ComposeFault | undefined {
  const rule = typeof value === 'string' ? shellWordsFault(value) : undefined;
  return rule === undefined ? undefined : { path, rule, remedy: 'Close the quotes, or write the words as a list.' };
}

function portFault(value: unknown, path: readonly string[], decimal: boolean): ComposeFault | undefined {
  if (typeof value !== 'number' || (!decimal && isPortSpec(String(value)))) return undefined;
  return { path, rule: 'is no port', remedy: 'Write a number from 0 to 65535.' };
}

function mountFault(value: unknown, path: readonly string[]): ComposeFault | undefined {
  if (typeof value === 'string') {
    const rule = volumeSpecFault(value);
    return rule === undefined ? undefined : { path, rule, remedy: 'Write SOURCE:TARGET or SOURCE:TARGET:ro.' };
  }
  const { type, source } = asTree(value);
  if (type !== 'bind' || (source !== undefined && source !== '')) return undefined;
  return { path, rule: ': field Source must not be empty', remedy: 'Add source.' };
}

function limitFault(value: unknown, path: readonly string[], decimal: boolean): ComposeFault | undefined {
  if (!decimal && (typeof value === 'number' || typeof value === 'object')) return undefined;
  return { path, rule: 'must be a whole number', remedy: 'Write digits only.' };
}

/** What goes with `external` and what does not. */
function sectionFault(body: Tree, at: readonly string[]): ComposeFault | undefined {
  const external = body.external === true || (typeof body.external === 'object' && body.external !== null);
  const given = (key: string): boolean => body[key] !== undefined && body[key] !== '' && size(body[key]) > 0;
  const conflict = (key: string, other: string): ComposeFault => ({
    path: [...at, key],
    rule: `conflicts with ${other}`,
    remedy: 'Take one of them out.',
  });
  if (!external)
    return at[0] === 'secrets' && given('driver') && given('file') ? conflict('file', 'driver') : undefined;
  const own = at[0] === 'volumes' ? ['driver', 'driver_opts', 'labels'].find(given) : undefined;
  if (own !== undefined) return conflict(own, 'external');
  const { name = '' } = asTree(body.external);
  return name !== '' && name !== null && given('name') ? conflict('name', 'external.name') : undefined;
}

function size(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 1;
}
