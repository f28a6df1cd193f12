/** Tells one content of a file from the next: every replacement is a new inode. */
export interface FileSignature {
  mtimeMs: number;
  size: number;
  ino: number;
}

/** True where both name the same content. */
export function sameSignature(a: FileSignature | undefined, b: FileSignature | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;
}
