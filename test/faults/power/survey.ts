/** Looks at every tree that a power cut may leave, without starting anything. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parsed, readKnownGood } from '../reader/known-good.ts';
import { digestOf, looseAt, lossesOf, type Tree, treeAfter } from './cuts.ts';
import type { Disk } from './disk.ts';

/** A cut and one way to lose what was loose then. */
export interface Cut {
  /** Number of the record after which the power goes. */
  at: number;
  loss: string;
}

export interface Survey {
  moments: number;
  variants: number;
  /** One cut for each tree that differs from all others. */
  distinct: Cut[];
  /** What no tree may have. */
  problems: string[];
}

/** Files that decide what a controller does: whole or not there. Others are projections, which are made again. */
const DECISIVE =
  /^state\/(?:objects\/.*\/(?:object|journal)\.json|claims\/|ports\/|instance\.json|apps\/[^/]+\/(?:platform|restore|ports)\.json|canonicals\/.*\.json|runs\/[^/]+\/(?:resolved|progress)\.json)/;
const TEMPORARY = /\/\.tmp-/;
const CANONICAL = 'state/canonicals/box';
const RECORD = 'state/objects/Canonical/box/object.json';

/** Pure but for a scratch directory, which it removes. */
export function surveyOf(disk: Disk): Survey {
  const seen = new Set<string>();
  const survey: Survey = { moments: 0, variants: 0, distinct: [], problems: [] };
  const check = new TreeCheck();
  for (const at of momentsOf(disk)) {
    survey.moments += 1;
    for (const loss of lossesOf(looseAt(disk, at), at)) {
      survey.variants += 1;
      const tree = treeAfter(disk, at, loss);
      const digest = digestOf(tree, 'state') + digestOf(tree, 'specs');
      if (seen.has(digest)) continue;
      seen.add(digest);
      survey.distinct.push({ at, loss: loss.name });
      survey.problems.push(...check.problemsOf(tree).map((problem) => `cut:${at}:${loss.name}: ${problem}`));
    }
  }
  return survey;
}

function momentsOf(disk: Disk): number[] {
  const moments = disk.operations.flatMap(({ at, safeAt }) => [at, safeAt]).filter(Number.isFinite);
  return [...new Set(moments)].sort((a, b) => a - b);
}

class TreeCheck {
  readonly #known = new Map<string, string[]>();

  problemsOf(tree: Tree): string[] {
    return [...tornIn(tree), ...(isKept(tree) ? this.#knownGoodProblems(tree) : [])];
  }

  #knownGoodProblems(tree: Tree): string[] {
    const digest = digestOf(tree, CANONICAL);
    const problems = this.#known.get(digest) ?? knownGoodProblems(tree);
    this.#known.set(digest, problems);
    return problems;
  }
}

/** Until its deletion has passed the point of no return, what is known to be good has to stay so. */
function isKept(tree: Tree): boolean {
  const record = parsed(tree.get(RECORD)?.bytes.toString() ?? '') as { deletion?: { state?: string } } | undefined;
  return record !== undefined && record.deletion?.state !== 'Destroying';
}

function tornIn(tree: Tree): string[] {
  return [...tree].flatMap(([path, { kind, bytes }]) => {
    const isTorn =
      kind === 'file' && DECISIVE.test(path) && !TEMPORARY.test(path) && parsed(bytes.toString()) === undefined;
    return isTorn ? [`${path} is torn`] : [];
  });
}

function knownGoodProblems(tree: Tree): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'cc-ci-cut-'));
  try {
    writeTree(tree, directory, CANONICAL);
    const { pointer, generations } = readKnownGood(join(directory, CANONICAL));
    const found = generations.find(({ id }) => id === pointer);
    if (pointer === undefined) return [];
    return found === undefined ? [`the known-good ${pointer} is not there`] : found.faults;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Writes what lies at and below a path of a tree. */
export function writeTree(tree: Tree, directory: string, below: string): void {
  for (const [path, { kind, mode, bytes }] of tree) {
    if (path !== below && !path.startsWith(`${below}/`)) continue;
    const full = join(directory, path);
    mkdirSync(dirname(full), { recursive: true });
    if (kind === 'directory') mkdirSync(full, { recursive: true, mode });
    else if (kind === 'link') symlinkSync(bytes.toString(), full);
    else writeFileSync(full, bytes, { mode });
  }
}
