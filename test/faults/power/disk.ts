/** A file system as a list of operations, each of which may be lost until it was synced. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface Inode {
  kind: 'file' | 'directory' | 'link';
  mode: number;
  /** Content, or the target of a link, before the first operation. */
  base: Buffer;
}

/** What an operation changes. Directories and inodes are numbers, so that a lost rename does not lose what was renamed. */
export type Change =
  | { type: 'Link'; directory: number; name: string; inode: number }
  | { type: 'Unlink'; directory: number; name: string }
  | { type: 'Rename'; from: number; oldName: string; directory: number; name: string; inode: number }
  | { type: 'Write'; inode: number; offset: number; bytes: Buffer }
  | { type: 'Size'; inode: number; size: number }
  | { type: 'Replace'; inode: number; bytes: Buffer };

export interface Operation {
  /** When it was made: number of the record. */
  at: number;
  /** From then on it cannot be lost; infinite where nothing synced it. */
  safeAt: number;
  change: Change;
}

export const ROOT = 0;

/** The disk as its users see it, and how it came to be that way. */
export class Disk {
  readonly inodes: Inode[] = [{ kind: 'directory', mode: 0o755, base: Buffer.alloc(0) }];
  readonly operations: Operation[] = [];
  /** Directory → name → inode, with nothing lost. */
  readonly seen = new Map<number, Map<string, number>>([[ROOT, new Map()]]);
  /** The same before the first operation. */
  readonly first = new Map<number, ReadonlyMap<string, number>>();
  readonly #parents = new Map<number, { directory: number; name: string }>();

  /** Takes a tree that is safe on the disk already. */
  load(root: string, names: readonly string[]): void {
    for (const name of names) this.#loadEntry(join(root, name), ROOT, name);
    for (const [directory, entries] of this.seen) this.first.set(directory, new Map(entries));
  }

  #loadEntry(path: string, directory: number, name: string): void {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    const mode = stats.mode & 0o7777;
    const kind = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'file';
    const base =
      kind === 'file' ? readFileSync(path) : kind === 'link' ? Buffer.from(readlinkSync(path)) : Buffer.alloc(0);
    const inode = this.addInode({ kind, mode, base });
    this.#place(directory, name, inode);
    if (kind === 'directory') for (const inner of readdirSync(path)) this.#loadEntry(join(path, inner), inode, inner);
  }

  addInode(inode: Inode): number {
    this.inodes.push(inode);
    if (inode.kind === 'directory') this.seen.set(this.inodes.length - 1, new Map());
    return this.inodes.length - 1;
  }

  /** The directory and the name of a path, and the inode there; undefined where the directory is not there. */
  find(path: string): { directory: number; name: string; inode: number | undefined } | undefined {
    const names = path.split('/');
    const name = names.pop() ?? '';
    let directory: number | undefined = ROOT;
    for (const part of names) directory = directory === undefined ? undefined : this.seen.get(directory)?.get(part);
    const entries = directory === undefined ? undefined : this.seen.get(directory);
    return directory === undefined || entries === undefined ? undefined : { directory, name, inode: entries.get(name) };
  }

  /** Notes an operation and makes it seen. */
  apply(at: number, change: Change): void {
    this.operations.push({ at, safeAt: Number.POSITIVE_INFINITY, change });
    if (change.type === 'Link') this.#place(change.directory, change.name, change.inode);
    if (change.type === 'Unlink') this.seen.get(change.directory)?.delete(change.name);
    if (change.type !== 'Rename') return;
    this.seen.get(change.from)?.delete(change.oldName);
    this.#place(change.directory, change.name, change.inode);
  }

  #place(directory: number, name: string, inode: number): void {
    this.seen.get(directory)?.set(name, inode);
    this.#parents.set(inode, { directory, name });
  }

  /** An fsync: of a file its content, of a directory its entries and what leads to it. */
  sync(at: number, inode: number): void {
    const chain = this.#chainOf(inode);
    for (const operation of this.operations) if (isSynced(operation.change, inode, chain)) settle(operation, at);
  }

  /** A sync of the whole file system that began at `since`. */
  syncAll(at: number, since: number): void {
    for (const operation of this.operations) if (operation.at <= since) settle(operation, at);
  }

  /** The inode and the directories above it. */
  #chainOf(inode: number): Set<number> {
    const chain = new Set<number>();
    if (this.inodes[inode]?.kind !== 'directory') return chain;
    for (let at: number | undefined = inode; at !== undefined && !chain.has(at); at = this.#parents.get(at)?.directory)
      chain.add(at);
    return chain;
  }
}

function settle(operation: Operation, at: number): void {
  operation.safeAt = Math.min(operation.safeAt, at);
}

function isSynced(change: Change, inode: number, chain: ReadonlySet<number>): boolean {
  switch (change.type) {
    case 'Write':
    case 'Size':
    case 'Replace':
      return change.inode === inode;
    case 'Link':
      return chain.has(change.inode) || (chain.size > 0 && change.directory === inode);
    case 'Unlink':
      return chain.size > 0 && change.directory === inode;
    case 'Rename':
      return chain.has(change.inode) || (chain.size > 0 && (change.directory === inode || change.from === inode));
  }
}
