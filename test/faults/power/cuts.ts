/** What may be left of a disk when the power goes at a moment. */
import { createHash } from 'node:crypto';
import { spread } from '../matrix/plan.ts';
import { Contents } from './contents.ts';
import type { Change, Disk, Operation } from './disk.ts';
import { ROOT } from './disk.ts';

/** Path → what is there; parents before children. */
export type Tree = Map<string, { kind: 'file' | 'directory' | 'link'; mode: number; bytes: Buffer }>;

/** One way in which operations are lost. */
export interface Loss {
  name: string;
  isLost: (operation: Operation) => boolean;
  /** What is left of lost content: `Zeroes`, as long as it was; `Half`, its first half. Default: nothing, the file is short. */
  left?: 'Zeroes' | 'Half';
}

const SINGLES = 8;
const RANDOM = 3;

const isData = ({ change }: Operation): boolean => ['Write', 'Size', 'Replace'].includes(change.type);

/** The ways to lose some of the loose operations of a moment: none, all, by sort, each of the last ones, some by chance. Pure. */
export function lossesOf(loose: readonly Operation[], at: number): Loss[] {
  if (loose.length === 0) return [{ name: 'none', isLost: () => false }];
  const set = new Set(loose);
  const inSet = (name: string, wanted: (operation: Operation) => boolean, left?: Loss['left']): Loss => ({
    name,
    isLost: (operation) => set.has(operation) && wanted(operation),
    ...(left && { left }),
  });
  const last = loose.slice(-SINGLES);
  return [
    inSet('none', () => false),
    inSet('all', () => true),
    inSet('data', isData),
    inSet('zeroes', isData, 'Zeroes'),
    inSet('half', isData, 'Half'),
    inSet('metadata', (operation) => !isData(operation)),
    ...last.map((one, index) => inSet(`single-${last.length - index}`, (operation) => operation === one)),
    ...Array.from({ length: RANDOM }, (_, index) =>
      inSet(
        `random-${index + 1}`,
        (operation) => spread(`${at} ${index} ${operation.at} ${operation.change.type}`) % 2 === 0,
      ),
    ),
  ];
}

/** Operations that a cut right after the record `at` may lose. Pure. */
export function looseAt(disk: Disk, at: number): Operation[] {
  return disk.operations.filter((operation) => operation.at <= at && operation.safeAt > at);
}

/** The tree after a cut right after the record `at`. Pure. */
export function treeAfter(disk: Disk, at: number, loss: Loss): Tree {
  const directories = new Map([...disk.first].map(([directory, names]) => [directory, new Map(names)]));
  const contents = new Contents((inode) => disk.inodes[inode]?.base ?? Buffer.alloc(0));
  const entries = (directory: number): Map<string, number> => {
    const found = directories.get(directory) ?? new Map<string, number>();
    directories.set(directory, found);
    return found;
  };
  for (const operation of disk.operations) {
    if (operation.at > at) break;
    const { change } = operation;
    const isLost = loss.isLost(operation);
    if (change.type === 'Write' || change.type === 'Size' || change.type === 'Replace') {
      for (const stays of isLost ? leftOf(change, loss.left) : [change]) contents.apply(stays);
    } else if (!isLost) applyEntry(change, entries);
  }
  return collect(disk, entries, (inode) => contents.of(inode));
}

function leftOf(change: Change, left: Loss['left']): Change[] {
  if (left === undefined) return [];
  return [left === 'Zeroes' ? zeroed(change) : halved(change)];
}

function halved(change: Change): Change {
  if (change.type !== 'Write' && change.type !== 'Replace') return change;
  return { ...change, bytes: change.bytes.subarray(0, Math.floor(change.bytes.length / 2)) };
}

function zeroed(change: Change): Change {
  if (change.type !== 'Write' && change.type !== 'Replace') return change;
  return { ...change, bytes: Buffer.alloc(change.bytes.length) };
}

function applyEntry(change: Change, entries: (directory: number) => Map<string, number>): void {
  if (change.type === 'Unlink') entries(change.directory).delete(change.name);
  if (change.type === 'Link') entries(change.directory).set(change.name, change.inode);
  if (change.type !== 'Rename') return;
  const old = entries(change.from);
  if (old.get(change.oldName) === change.inode) old.delete(change.oldName);
  entries(change.directory).set(change.name, change.inode);
}

function collect(
  disk: Disk,
  entries: (directory: number) => Map<string, number>,
  contentOf: (inode: number) => Buffer,
): Tree {
  const tree: Tree = new Map();
  const visited = new Set<number>();
  const visit = (directory: number, prefix: string): void => {
    for (const [name, inode] of [...entries(directory)].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const node = disk.inodes[inode];
      // A directory that a lost rename would give two names has one.
      if (node === undefined || (node.kind === 'directory' && visited.has(inode))) continue;
      const path = prefix + name;
      tree.set(path, {
        kind: node.kind,
        mode: node.mode,
        bytes: node.kind === 'directory' ? Buffer.alloc(0) : contentOf(inode),
      });
      if (node.kind !== 'directory') continue;
      visited.add(inode);
      visit(inode, `${path}/`);
    }
  };
  visit(ROOT, '');
  return tree;
}

/** What tells trees apart, below a path. Pure. */
export function digestOf(tree: Tree, below: string): string {
  const hash = createHash('sha256');
  for (const [path, { kind, bytes }] of tree) {
    if (path === below || path.startsWith(`${below}/`))
      hash.update(`${path}\0${kind}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}
