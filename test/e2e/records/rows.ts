import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fault } from './faults.ts';

const TABLE = fileURLToPath(new URL('../../../docs/state-directory.md', import.meta.url));
/** Placeholders that stand for paths of any depth; the others for one name. */
const DEEP = ['file', 'part', 'artifact', 'place'];

/** What the table says of the files of a pattern. */
export interface Row {
  pattern: string;
  /** Reasons that the object may show after the fault. */
  reasons: Readonly<Record<Fault, readonly string[]>>;
}

/** The table of `docs/state-directory.md`, one row per pattern. */
export function readRows(): Row[] {
  const lines = readFileSync(TABLE, 'utf8').split('\n');
  const cells = lines.filter((line) => line.startsWith('| `')).map((line) => line.split('|').slice(1, -1));
  return cells.flatMap(([paths = '', , lost = '', garbled = '', older = '']) => {
    const [Loss, Emptiness, OlderCopy] = [lost, garbled, older].map(reasonsIn) as [string[], string[], string[]];
    return codeIn(paths).map((pattern) => ({ pattern, reasons: { Loss, Emptiness, Garbage: Emptiness, OlderCopy } }));
  });
}

/** The row of a file, by its path below the state directory. */
export function rowOf(rows: readonly Row[], path: string): Row | undefined {
  return rows.find(({ pattern }) => matches(pattern, path));
}

function matches(pattern: string, path: string): boolean {
  if (!pattern.includes('/') && pattern.startsWith('.')) return expressionOf(pattern).test(basename(path));
  return expressionOf(pattern).test(path);
}

function expressionOf(pattern: string): RegExp {
  const parts = pattern.split(/<(\w+)>/);
  const texts = parts.map((part, index) => {
    if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return DEEP.includes(part) ? '.+' : '[^/]+';
  });
  return new RegExp(`^${texts.join('')}$`);
}

function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

function reasonsIn(cell: string): string[] {
  return codeIn(cell).filter((code) => /^[A-Z][A-Za-z]+$/.test(code));
}

/** The object that a file belongs to, `<Kind>/<name>`; undefined for what is nobody's. */
export function ownerOf(state: string, path: string): string | undefined {
  const [first = '', second = '', third = ''] = path.split('/');
  switch (first) {
    case 'objects':
      return `${second}/${third}`;
    case 'canonicals':
      return `Canonical/${second}`;
    case 'sweeps':
      return `Sweep/${second.replace(/-[0-9a-f]{8}$/, '')}`;
    case 'warm':
      return `WarmService/${second}`;
    case 'recipes':
      return `Canonical/${second.replace(/-[0-9a-f]{8}\.git$/, '')}`;
    case 'runs':
      return `Run/${second.replace(/-[0-9a-f]{8}$/, '')}`;
    case 'specs':
      return `Run/${second.split('.')[0]}`;
    case 'requests':
      return 'Run/waiting';
    case 'apps':
      return claimant(state, `${second}.json`);
    case 'claims':
      return claimant(state, second);
    default:
      return undefined;
  }
}

function claimant(state: string, file: string): string | undefined {
  try {
    const { kind, name } = JSON.parse(readFileSync(join(state, 'claims', file), 'utf8')) as Record<string, string>;
    return `${kind}/${name}`;
  } catch {
    return undefined;
  }
}
