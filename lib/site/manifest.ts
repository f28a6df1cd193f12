import { isRecord } from '../api/objects.ts';
import type { TrendEntry } from './model.ts';
import type { Trends } from './trend.ts';

/** File in the site's directory that says which others are ours. */
export const MANIFEST = '.cc-ci-site.json';

/** One file that we wrote. */
export interface WrittenFile {
  /** Of its content; empty: it may not have been written yet. */
  digest: string;
  /** What it was made from, where that is cheaper to compare than to make it again. */
  from?: string;
}

/** What is remembered of a site beside its files. */
export interface Manifest {
  format: 1;
  /** Of the state directory that writes there. */
  instance: string;
  files: Readonly<Record<string, WrittenFile>>;
  trends: Trends;
}

const NAME = '[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?';
const OURS = new RegExp(
  `^(?:index\\.html|feed\\.xml|recipes/${NAME}\\.html|badge/${NAME}\\.svg|runs/${NAME}\\.html|runs/${NAME}/${NAME}\\.(?:txt|png|jpg|webp))$`,
);

/** Whether a path below the site can be one of ours: a manifest that was tampered with removes nothing else. Pure. */
export function isSitePath(path: string): boolean {
  return OURS.test(path);
}

/** The manifest in the text; undefined where it is none. What is no file or entry of ours is left out. Pure. */
export function parseManifest(text: string): Manifest | undefined {
  const value = parsed(text);
  if (!isRecord(value) || value.format !== 1 || typeof value.instance !== 'string') return undefined;
  const { instance, files, trends } = value;
  if (!isRecord(files) || !isRecord(trends)) return undefined;
  const written = Object.entries(files).flatMap(([path, file]) =>
    isSitePath(path) && isWritten(file) ? [[path, file] as const] : [],
  );
  const kept = Object.entries(trends).map(([recipe, trend]) => [
    recipe,
    Array.isArray(trend) ? trend.filter(isTrendEntry) : [],
  ]);
  return { format: 1, instance, files: Object.fromEntries(written), trends: Object.fromEntries(kept) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isWritten(value: unknown): value is WrittenFile {
  return isRecord(value) && typeof value.digest === 'string' && ['string', 'undefined'].includes(typeof value.from);
}

function isTrendEntry(value: unknown): value is TrendEntry {
  if (!isRecord(value)) return false;
  const { run, uid, time, word, tone, mode, level, verdict, version } = value;
  const areTexts = [run, uid, time, word, tone, mode].every((one) => typeof one === 'string');
  const areOptional = [verdict, version].every((one) => one === undefined || typeof one === 'string');
  return areTexts && areOptional && (level === undefined || Number.isSafeInteger(level));
}
