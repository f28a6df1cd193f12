import { closeSync, openSync } from 'node:fs';
import { relative } from 'node:path';
import { PathMap } from './path-map.ts';
import { versionOfLine } from './record-line.ts';
import { bytesAt, type Place, recordLogPath, scanLines } from './record-scan.ts';

/**
 * What the log of the records below `root` has of the one at `path`, read from its beginning: for who looks without
 * {@link RecordFiles} where a record itself is lost. Undefined where it has nothing.
 */
export function keptRecord(root: string, path: string): object | undefined {
  const place = keptIn(root).get(relative(root, path));
  if (place === undefined) return undefined;
  const fd = openSync(recordLogPath(root), 'r');
  try {
    return versionOfLine(bytesAt(fd, place))?.record;
  } finally {
    closeSync(fd);
  }
}

/** First names of the records below a directory that the log knows, in no order. */
export function keptNames(root: string, directory: string): string[] {
  return keptIn(root).names(relative(root, directory));
}

function keptIn(root: string): PathMap<Place> {
  const kept = new PathMap<Place>();
  scanLines(recordLogPath(root), (head, place) => {
    if (head?.revision === 0) kept.forget(head.path);
    else if (head !== undefined) kept.set(head.path, place);
  });
  return kept;
}
