import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIB = 1024 * 1024;
const SIZE = 96 * MIB;
const PIECES = [MIB, 64 * 1024, 4 * 1024, 512];
const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/** A small file system, of ext4 in a file, which a test can fill and empty. */
export class SmallDisk {
  /** Where it is mounted. */
  readonly root: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.root = join(directory, 'disk');
  }

  /** Where there is no loop device it is one of memory. Undefined where this machine lets us mount none. */
  static mount(): SmallDisk | undefined {
    const disk = new SmallDisk(mkdtempSync(join(tmpdir(), 'cc-ci-disk-')));
    mkdirSync(disk.root);
    if (disk.#mountImage() || disk.#mountMemory()) return disk;
    rmSync(disk.#directory, { recursive: true });
    return undefined;
  }

  #mountImage(): boolean {
    const image = join(this.#directory, 'image');
    writeFileSync(image, '');
    truncateSync(image, SIZE);
    return succeeds('mkfs.ext4', '-q', '-m', '0', image) && succeeds('mount', '-o', 'loop', image, this.root);
  }

  #mountMemory(): boolean {
    return succeeds('mount', '-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', this.root);
  }

  get #ballast(): string {
    return join(this.root, 'ballast');
  }

  /** Takes all that is free, again where something became free since. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (const size of PIECES) writeUntilFull(file, Buffer.alloc(size));
    } finally {
      closeSync(file);
    }
  }

  /** Gives back all that {@link SmallDisk.fill} took. */
  empty(): void {
    rmSync(this.#ballast, { force: true });
  }

  /** Gives back so many bytes of what {@link SmallDisk.fill} took. */
  giveBack(bytes: number): void {
    const size = Number(execFileSync('stat', ['-c', '%s', this.#ballast], { env, encoding: 'utf8' }));
    truncateSync(this.#ballast, Math.max(0, size - bytes));
  }

  async dispose(): Promise<void> {
    if (existsSync(this.root)) execFileSync('umount', [this.root], { env });
    await rm(this.#directory, { recursive: true });
  }
}

function succeeds(program: string, ...words: readonly string[]): boolean {
  return spawnSync(program, words, { env, stdio: 'ignore' }).status === 0;
}

/** Of a write that does not fit some bytes are written first: it is tried again until none is. */
function writeUntilFull(file: number, piece: Buffer): void {
  for (;;) {
    try {
      writeSync(file, piece);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}
