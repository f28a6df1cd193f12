import { type Finding, ok, wrong } from '../../platform/probe.ts';

/** What `statfs` tells of a file system; without a limit of inodes `files` is 0. */
export interface DiskRoom {
  bavail: number;
  bsize: number;
  files: number;
  ffree: number;
}

/**
 * Whether there is room for what the controller writes, whatever the floor: a file needs a block and an inode. Pure.
 * @param floorBytes free space below which no run starts.
 */
export function judgeRoom({ bavail, bsize, files, ffree }: DiskRoom, floorBytes: number): Finding {
  const free = bavail * bsize;
  if (files > 0 && ffree === 0)
    return wrong('no inode is free: no file can be made', 'Remove files that nobody needs from this disk.');
  if (free === 0) return wrong('the disk is full: nothing can be written', 'Free disk space.');
  if (free >= floorBytes) return ok(`${gibText(free)} free`);
  const remedy = 'Free disk space, or lower disk.floor.';
  return wrong(`${gibText(free)} free, less than disk.floor (${gibText(floorBytes)})`, remedy);
}

function gibText(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
