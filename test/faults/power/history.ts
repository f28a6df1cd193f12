/** From a recording to the operations of a disk. */
import { Contents } from './contents.ts';
import { type Change, Disk } from './disk.ts';
import type { Recorded } from './recording.ts';

/** The disk after a recording; `before` is the place when it began. @throws Error where a record cannot be replayed. */
export function historyOf(records: readonly Recorded[], before: string): Disk {
  const disk = new Disk();
  disk.load(before, ['state', 'specs']);
  const history = new History(disk);
  for (const [at, record] of records.entries()) history.take(at, record);
  return disk;
}

interface Tree {
  seen: Map<string, Recorded>;
}

class History {
  readonly #disk: Disk;
  /** Child → when it became its program, where that syncs. */
  readonly #syncing = new Map<number, number>();
  #tree: Tree | undefined;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  take(at: number, record: Recorded): void {
    const { call, first, offset } = record;
    if (call === 'exec') {
      if (/^(?:\S*\/)?sync /.test(first)) this.#syncing.set(offset, at);
    } else if (call === 'tree-begin') this.#tree = { seen: new Map() };
    else if (call === 'tree-end') this.#endTree(at, record);
    else if (call.startsWith('tree-')) this.#tree?.seen.set(first, record);
    else this.#call(at, record);
  }

  #endTree(at: number, { offset, mode }: Recorded): void {
    const seen = this.#tree?.seen ?? new Map<string, Recorded>();
    this.#tree = undefined;
    this.#compare(at, seen);
    const since = this.#syncing.get(offset);
    if (since !== undefined && mode === 0) this.#disk.syncAll(at, since);
  }

  /** What others than the controller changed since the last look. */
  #compare(at: number, tree: ReadonlyMap<string, Recorded>): void {
    for (const [path, record] of tree) this.#takeEntry(at, path, record);
    for (const path of this.#paths('state')) if (!tree.has(path)) this.#remove(at, path);
  }

  #takeEntry(at: number, path: string, { call, mode, bytes }: Recorded): void {
    const kind = call === 'tree-directory' ? 'directory' : call === 'tree-link' ? 'link' : 'file';
    const found = this.#disk.find(path);
    if (found === undefined) return;
    const inode = found.inode === undefined ? undefined : this.#disk.inodes[found.inode];
    if (found.inode !== undefined && inode?.kind === kind) {
      inode.mode = mode;
      if (kind === 'file' && !this.#content(found.inode).equals(bytes))
        this.#apply(at, { type: 'Replace', inode: found.inode, bytes });
      return;
    }
    const base = kind === 'link' ? bytes : Buffer.alloc(0);
    const added = this.#disk.addInode({ kind, mode, base });
    this.#apply(at, { type: 'Link', directory: found.directory, name: found.name, inode: added });
    if (kind === 'file') this.#apply(at, { type: 'Replace', inode: added, bytes });
  }

  readonly #contents = new Contents((inode) => this.#disk.inodes[inode]?.base ?? Buffer.alloc(0));

  #content(inode: number): Buffer {
    return this.#contents.of(inode);
  }

  #apply(at: number, change: Change): void {
    this.#disk.apply(at, change);
    this.#contents.apply(change);
  }

  #paths(path: string): string[] {
    const inode = this.#disk.find(path)?.inode;
    const entries = inode === undefined ? undefined : this.#disk.seen.get(inode);
    return [...(entries?.keys() ?? [])].flatMap((name) => [...this.#paths(`${path}/${name}`), `${path}/${name}`]);
  }

  #call(at: number, record: Recorded): void {
    const { call, first, second } = record;
    const found = this.#disk.find(second === '' ? first : second);
    if (found === undefined) return; // a file that has no name any more
    const isNew = found.inode === undefined && (call === 'open' || call === 'open-empty');
    if (call === 'rename' || call === 'link') this.#move(at, record, found);
    else if (call === 'unlink' || call === 'rmdir') this.#remove(at, first);
    else if (call === 'mkdir' || call === 'symlink' || isNew) this.#create(at, record, found);
    else if (found.inode !== undefined) this.#changeFile(at, record, found.inode);
  }

  #changeFile(at: number, { call, first, mode, offset, bytes }: Recorded, inode: number): void {
    const node = this.#disk.inodes[inode];
    if (node !== undefined) node.mode = mode;
    switch (call) {
      case 'fsync':
      case 'fdatasync':
        this.#disk.sync(at, inode);
        break;
      case 'open-empty':
        this.#apply(at, { type: 'Size', inode, size: 0 });
        break;
      case 'ftruncate':
        this.#apply(at, { type: 'Size', inode, size: offset });
        break;
      case 'write':
        this.#apply(at, { type: 'Write', inode, offset, bytes });
        break;
      case 'write-unknown':
      case 'sendfile':
        throw new Error(`${call} of ${first} cannot be replayed`);
    }
  }

  #create(at: number, { call, mode, first }: Recorded, { directory, name }: { directory: number; name: string }): void {
    const kind = call === 'mkdir' ? 'directory' : call === 'symlink' ? 'link' : 'file';
    const base = kind === 'link' ? Buffer.from(first) : Buffer.alloc(0);
    const inode = this.#disk.addInode({ kind, mode, base });
    this.#apply(at, { type: 'Link', directory, name, inode });
  }

  #move(at: number, { call, first }: Recorded, { directory, name }: { directory: number; name: string }): void {
    const source = this.#disk.find(first);
    if (source?.inode === undefined) throw new Error(`${call} of ${first}, which is not there`);
    const { inode } = source;
    if (call === 'link') this.#apply(at, { type: 'Link', directory, name, inode });
    else this.#apply(at, { type: 'Rename', from: source.directory, oldName: source.name, directory, name, inode });
  }

  #remove(at: number, path: string): void {
    const found = this.#disk.find(path);
    if (found?.inode === undefined) return;
    this.#apply(at, { type: 'Unlink', directory: found.directory, name: found.name });
  }
}
