import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the date of a package is taken from. */
export interface SourceDateFacts {
  /** `SOURCE_DATE_EPOCH`, seconds. Source: reproducible-builds.org. */
  variable: string | undefined;
  /** Time of the last commit, seconds; undefined outside of a clone. */
  commit: string | undefined;
  changelog: string;
}

/**
 * Seconds since 1970 that everything in a package is dated with: the variable, else the last commit, else the newest
 * release in the list of changes. Pure. @throws Error where none of them is there.
 */
export function sourceDate({ variable, commit, changelog }: SourceDateFacts): number {
  const said = variable ?? commit;
  if (said !== undefined && /^\d+$/.test(said)) return Number(said);
  if (variable !== undefined) throw new Error(`SOURCE_DATE_EPOCH: ${variable} is no count of seconds`);
  const released = /^## \[?\d+\.\d+\.\d+\]? - (\d{4}-\d\d-\d\d)$/m.exec(changelog)?.[1];
  if (released === undefined)
    throw new Error('neither a commit nor a release dates this package. Set SOURCE_DATE_EPOCH to seconds since 1970.');
  return Date.parse(released) / 1000;
}

/** {@link sourceDate} of a checkout or of sources without git. */
export function sourceDateOf(root: string, env: NodeJS.ProcessEnv): number {
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  return sourceDate({ variable: env.SOURCE_DATE_EPOCH, commit: lastCommit(root), changelog });
}

/** Sources that lie in somebody else's clone are none. */
function lastCommit(root: string): string | undefined {
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', root, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--show-prefix') === '' ? git('log', '-1', '--format=%ct') : undefined;
  } catch {
    return undefined;
  }
}
