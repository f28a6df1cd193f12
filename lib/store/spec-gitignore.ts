import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { createFileDurable, TEMP_PREFIX } from '../fs/durable.ts';
import { MARKER_FILE } from './directory-guard.ts';
import { statusFileOf } from './state-paths.ts';

const FILE = '.gitignore';

/** What this controller writes beside people's specs. */
const PATTERNS = [statusFileOf('*'), MARKER_FILE, '.cc-ci-lock*', '.*.cc-ci-aside-*', `${TEMP_PREFIX}*`];

/**
 * Creates the spec directory's ignore file, which keeps what we write out of git. Never touches one that is there. To be
 * called when the directory is marked as ours and not again: who removes the file, or a line of it, meant to.
 */
export async function createSpecIgnore(specDirectory: string): Promise<void> {
  const text = `# What cc-ci writes beside your specs. This file is yours: it was written once and is not written again.\n`;
  const patterns = `${PATTERNS.join('\n')}\n`;
  const created = createFileDurable(join(specDirectory, FILE), `${text}${patterns}`, { directory: 'MustExist' });
  await orNothing(created, 'Conflict');
}
