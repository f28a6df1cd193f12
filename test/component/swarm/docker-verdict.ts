import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CcError } from '../../../lib/errors.ts';
import { readCompose } from '../../../lib/recipe/compose.ts';
import { DEVIATION_ENV } from './deviations.ts';
import { REFUSED_HERE_ALONE } from './known-differences.ts';

/** A directory for one compose file after the other, and the verdicts on it. */
export class VerdictDesk {
  readonly #directory = mkdtempSync(join(tmpdir(), 'ccci-verdict-'));

  /** What we say against a file; undefined: taken. */
  async ours(text: string): Promise<string | undefined> {
    writeFileSync(join(this.#directory, 'compose.yml'), text);
    try {
      await readCompose({ directory: this.#directory, files: ['compose.yml'], env: DEVIATION_ENV });
      return undefined;
    } catch (error) {
      if (error instanceof CcError && error.code === 'InvalidInput') return error.message;
      throw error;
    }
  }

  /** What the docker CLI on PATH says against it; undefined: taken. */
  dockers(text: string): string | undefined {
    writeFileSync(join(this.#directory, 'compose.yml'), text);
    const argv = ['--config', this.#directory, 'stack', 'config', '--compose-file', 'compose.yml'];
    const env = { ...DEVIATION_ENV, PATH: process.env.PATH };
    const said = spawnSync('docker', argv, { cwd: this.#directory, env, encoding: 'utf8' });
    return said.status === 0 ? undefined : said.stderr || 'nothing';
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** What is not explained about two verdicts on a file; undefined where all is. */
export function unexplained(ours: string | undefined, dockers: string | undefined): string | undefined {
  if ((ours === undefined) === (dockers === undefined)) return undefined;
  if (ours === undefined) return `we take what docker refuses: ${dockers}`;
  return REFUSED_HERE_ALONE.some(({ message }) => message.test(ours)) ? undefined : `docker takes it, we say: ${ours}`;
}
