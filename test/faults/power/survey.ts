/** Looks at every tree that a power cut may leave, without starting anything. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parsed, readKnownGood } from '../reader/known-good.ts';
import { digestOf, looseAt, lossesOf, type Tree, treeAfter } from './cuts.ts';
import type { Disk } from './disk.ts';
import { fallenBack, logIn, lostFrom, RecordsOfTrees, type Revisions } from './records.ts';

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
      const told = (problem: string): string => `cut:${at}:${loss.name}: ${problem}`;
      survey.problems.push(...check.lossesIn(tree).map(told));
      const digest = digestOf(tree, 'state') + digestOf(tree, 'specs');
      if (seen.has(digest)) continue;
      seen.add(digest);
      survey.distinct.push({ at, loss: loss.name });
      survey.problems.push(...check.problemsOf(tree).map(told));
    }
    check.pass(treeAfter(disk, at, { name: 'all', isLost: (operation) => operation.safeAt > at }));
  }
  return survey;
}

function momentsOf(disk: Disk): number[] {
  const moments = disk.operations.flatMap(({ at, safeAt }) => [at, safeAt]).filter(Number.isFinite);
  return [...new Set(moments)].sort((a, b) => a - b);
}

/** Looks at trees, moment after moment. */
/** Looks at trees, moment after moment. */
class TreeCheck {
  readonly #known = new Map<string, string[]>();
  readonly #records = new RecordsOfTrees();
  /** What was on the disk for good at the moment before. */
  #safe: Revisions = new Map();

  problemsOf(tree: Tree): string[] {
    return [...this.#records.tornIn(tree), ...(isKept(tree) ? this.#knownGoodProblems(tree) : [])];
  }

  /** Records that are older than they were on the disk before, or gone. */
  lossesIn(tree: Tree): string[] {
    const revisions = this.#records.revisionsIn(tree);
    return [...fallenBack(this.#safe, revisions), ...lostFrom(this.#safe, revisions, logIn(tree))];
  }

  /** The next moment comes: no tree may have less from now on than the one that lost all that was not synchronised. */
  pass(least: Tree): void {
    this.#safe = this.#records.revisionsIn(least);
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
