import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { explainError, orElse } from '../../errors.ts';
import { removeTree } from '../../fs/remove-tree.ts';
import type { LintReport, RecipeLinter } from '../../recipe/recipe-linter.ts';
import type { Revision } from '../platform.ts';
import { AbraCli, type AbraCliOptions, type AbraResult } from './abra-cli.ts';
import { AbraClones } from './abra-clone.ts';
import { checkedRecipe } from './abra-home.ts';
import { type AbraLintRow, readLintTable } from './lint-table.ts';

/** What abra says of a recipe. */
export interface AbraLintReport extends LintReport {
  rows: AbraLintRow[];
}

export interface AbraLinterOptions extends AbraCliOptions {
  /** Absolute; scratch directories are made and removed below it. */
  stateDirectory: string;
}

const LINT_TIMEOUT_MS = 60_000;

/** Runs `abra recipe lint` on a pristine clone: it reads untracked files too, and fetches the tags of its origin. */
export class AbraLinter implements RecipeLinter {
  readonly #options: AbraLinterOptions;
  readonly #cli: AbraCli;
  readonly #clones: AbraClones;

  constructor(options: AbraLinterOptions) {
    this.#options = options;
    this.#cli = new AbraCli(options);
    this.#clones = new AbraClones(options);
  }

  /**
   * The verdict of abra about a commit. What keeps abra from answering is `Unverified`, not an error.
   * @throws CcError `Aborted`; `InvalidInput` for a name that abra cannot use; as {@link AbraClones.checkout}.
   */
  async lint(recipe: string, revision: Revision, signal: AbortSignal): Promise<AbraLintReport> {
    const id = randomBytes(6).toString('hex');
    const directory = join(this.#options.stateDirectory, 'abra', `lint-${id}`);
    try {
      await mkdir(join(directory, 'servers'), { recursive: true });
      await this.#clones.makeCatalogue(join(directory, 'catalogue'), signal);
      await this.#clones.checkout(join(directory, 'recipes', checkedRecipe(recipe)), revision, signal);
      return await this.#run(recipe, directory, signal);
    } finally {
      await removeTree(directory);
    }
  }

  async #run(recipe: string, directory: string, signal: AbortSignal): Promise<AbraLintReport> {
    const call = { through: 'Terminal', directory, signal, timeoutMs: LINT_TIMEOUT_MS } as const;
    const report = this.#cli.result({ ...call, args: ['recipe', 'lint', recipe] }).then(lintReport);
    return await orElse(report, ['DeadlineExceeded', 'NotFound'], (error) => ({
      verdict: 'Unverified',
      rows: [],
      message: explainError(error),
    }));
  }
}

/**
 * The verdict in what abra printed. Its exit code is none: it is 0 with broken rules of severity error. Failed where such
 * a rule is broken, or where the recipe could not be read at all.
 */
export function lintReport({ text, exitCode, fatal }: Pick<AbraResult, 'text' | 'exitCode' | 'fatal'>): AbraLintReport {
  if (fatal !== undefined && /unable to validate recipe/i.test(fatal))
    return { verdict: 'Failed', rows: [], message: fatal };
  const rows = readLintTable(text);
  if (rows === undefined) {
    const message = fatal ?? `abra recipe lint printed no table that can be read (exit ${exitCode})`;
    return { verdict: 'Unverified', rows: [], message };
  }
  const broken = rows.filter(({ severity, verdict }) => severity === 'Error' && verdict === 'Broken');
  const message = broken.map(({ ref, rule }) => `${ref} ${rule}`).join('; ');
  if (broken.length > 0) return { verdict: 'Failed', rows, message };
  if (fatal === undefined && exitCode === 0 && !/critical errors present/i.test(text))
    return { verdict: 'Passed', rows, message: '' };
  return { verdict: 'Unverified', rows, message: fatal ?? `the table and the rest disagree (exit ${exitCode})` };
}
