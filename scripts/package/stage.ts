import { chmodSync, cpSync, lstatSync, lutimesSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644;
const PROGRAM_MODE = 0o755;
const EXECUTABLE = 0o111;

/** A directory that becomes a package: what is put into it has the modes and dates of a package, not of who builds it. */
export class Stage {
  readonly directory: string;

  /** @param directory absolute; made here. */
  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** Writes a file. Programs are executable by everybody. */
  write(path: string, content: string | Uint8Array, what: 'File' | 'Program' = 'File'): void {
    const file = this.#place(path);
    writeFileSync(file, content);
    chmodSync(file, what === 'Program' ? PROGRAM_MODE : FILE_MODE);
  }

  /** The same, compressed without a name or a date in it. */
  writeGzip(path: string, content: string | Uint8Array): void {
    this.write(`${path}.gz`, gzipSync(content, { level: 9 }));
  }

  /** Copies a file or a tree. @param leaveOut paths below `from` that stay behind. */
  copy(from: string, path: string, leaveOut: readonly string[] = []): void {
    const out = leaveOut.map((one) => join(from, one));
    cpSync(from, this.#place(path), { recursive: true, filter: (source) => !out.includes(source) });
  }

  /** Makes a symbolic link. */
  link(path: string, target: string): void {
    symlinkSync(target, this.#place(path));
  }

  /** Gives every entry the same date and the modes of a package. */
  settle(seconds: number): void {
    for (const path of [this.directory, ...this.#entries()]) {
      const stat = lstatSync(path);
      if (stat.isDirectory()) chmodSync(path, DIRECTORY_MODE);
      else if (stat.isFile()) chmodSync(path, (stat.mode & EXECUTABLE) === 0 ? FILE_MODE : PROGRAM_MODE);
    }
    // Directories last: their dates change with what is in them.
    for (const path of [...this.#entries().toReversed(), this.directory]) lutimesSync(path, seconds, seconds);
  }

  /** Paths of all regular files, relative, sorted. */
  files(): string[] {
    const files = this.#entries().filter((path) => lstatSync(path).isFile());
    return files.map((path) => path.slice(this.directory.length + 1));
  }

  #entries(): string[] {
    const entries = readdirSync(this.directory, { recursive: true, withFileTypes: true });
    return entries.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  }

  #place(path: string): string {
    const file = join(this.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    return file;
  }
}
