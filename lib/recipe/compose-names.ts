import { isTree, type Tree, type TreePath } from './compose-document.ts';
import type { ComposeReader } from './compose-reader.ts';

/** What a name is for. */
export type NameSort = 'Service' | 'Volume' | 'Secret' | 'Config' | 'Network' | 'Port' | 'Variable';

interface NameRule {
  pattern: RegExp;
  /** Characters. */
  longest: number;
  remedy: string;
}

/**
 * As the compose specification has names, but with a letter, digit or underscore first: they become file names, options
 * of commands and parts of names on the engine.
 */
const KEY = {
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
  remedy: 'Use letters, digits, dots, dashes and underscores, beginning with a letter, digit or underscore.',
};
/** Lengths: what an engine takes, for ports and networks what fits a file name. */
const RULES: Readonly<Record<NameSort, NameRule>> = {
  Service: { ...KEY, longest: 63 },
  Volume: { ...KEY, longest: 128 },
  Secret: { ...KEY, longest: 64 },
  Config: { ...KEY, longest: 64 },
  Network: { ...KEY, longest: 128 },
  Port: { ...KEY, longest: 64 },
  Variable: { pattern: /^[\x21-\x3c\x3e-\x7e]+$/, longest: 256, remedy: 'Use printable ASCII without blanks and =.' },
};
/** A name on an engine, after the variables in it are filled in. The engine's own rule is narrower, and the swarm's. */
const ENGINE_NAME = /^[^/\x00-\x1f\x7f]{0,255}$/;

/** Why `name` may not be one, and what one may be; undefined where it may. Pure. */
export function nameFault(sort: NameSort, name: string): { rule: string; remedy: string } | undefined {
  const { pattern, longest, remedy } = RULES[sort];
  if (pattern.test(name) && name.length <= longest && name !== '__proto__') return undefined;
  return { rule: `is no name for a ${sort.toLowerCase()} (at most ${longest} characters)`, remedy };
}

const SECTIONS = {
  services: 'Service',
  volumes: 'Volume',
  secrets: 'Secret',
  configs: 'Config',
  networks: 'Network',
} as const satisfies Record<string, NameSort>;

/**
 * Checks every name of the merged tree once, before anything is made of it, and that no value holds a NUL.
 * @throws CcError `InvalidInput` naming file, place, rule and remedy.
 */
export function checkNames(reader: ComposeReader, tree: Tree): void {
  refuseNul(reader, tree, []);
  for (const [section, sort] of Object.entries(SECTIONS)) {
    for (const key of Object.keys(reader.map([section]))) {
      check(reader, [section, key], sort);
      if (section !== 'services') checkEngineName(reader, [section, key]);
    }
  }
  for (const name of Object.keys(reader.map(['services']))) {
    if (isTree(reader.value(['services', name]))) checkService(reader, ['services', name]);
  }
}

function checkService(reader: ComposeReader, at: TreePath): void {
  const keys = (path: TreePath): TreePath[] => {
    const value = reader.value(path);
    return isTree(value) ? Object.keys(value).map((key) => [...path, key]) : [];
  };
  for (const path of keys([...at, 'environment'])) check(reader, path, 'Variable');
  for (const path of keys([...at, 'x-process', 'environment'])) check(reader, path, 'Variable');
  for (const path of keys([...at, 'x-process', 'ports'])) check(reader, path, 'Port');
}

function check(reader: ComposeReader, path: TreePath, sort: NameSort): void {
  const fault = nameFault(sort, path.at(-1) ?? '');
  if (fault) throw reader.fault(path, fault.rule, fault.remedy);
}

/** `name`, also below the old form of `external`. */
function checkEngineName(reader: ComposeReader, path: TreePath): void {
  for (const place of [
    [...path, 'name'],
    [...path, 'external', 'name'],
  ]) {
    const name = isTree(reader.value(place.slice(0, -1))) ? reader.text(place) : undefined;
    if (name === undefined || ENGINE_NAME.test(name)) continue;
    throw reader.fault(place, 'is no name on an engine', KEY.remedy);
  }
}

/** Neither a process nor an engine can be given one; a program would see the text cut off there. */
function refuseNul(reader: ComposeReader, value: unknown, path: TreePath): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw reader.fault(path, 'must not hold a NUL', 'Take the character out.');
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) refuseNul(reader, item, [...path, key]);
}
