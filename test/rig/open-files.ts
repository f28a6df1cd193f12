import { readdirSync, readlinkSync } from 'node:fs';

/** What this process has open at or below a directory, as paths; a file that was removed with its mark. */
export function openBelow(root: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path === root || path.startsWith(`${root}/`) ? [path] : [];
    } catch {
      // That of this very look.
      return [];
    }
  });
}
