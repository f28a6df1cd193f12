import { join } from 'node:path';
import { CcError } from '../../../lib/errors.ts';
import { writeJsonDurable } from '../../../lib/fs/durable.ts';
import { type Compose, composeFilesOf, readCompose, stackNameOf } from '../../../lib/recipe/compose.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';
import { type LintRow, lintFailed, lintRecipe } from '../../../lib/recipe/lint.ts';
import { readSample } from '../../../lib/recipe/recipe-file.ts';
import type { RecipeLinter } from '../../../lib/recipe/recipe-linter.ts';
import { failStage, next, type PreparedContext, type Stage, type StepOutcome } from '../stage.ts';

/** The recipe's rules that need no network. An error row fails the run; later stages run all the same. */
export const lint: Stage = { name: 'Lint', steps: [{ name: 'Lint', deadline: 'Deploy', run: lintCheckout }] };

async function lintCheckout(context: PreparedContext): Promise<StepOutcome> {
  const { directories, frozen } = context;
  const sample = await readSample(directories.recipe);
  const rows = await lintRecipe({
    directory: directories.recipe,
    compose: await composeOf(context, sample ?? ''),
    tags: frozen.tags,
    ...(sample === undefined ? {} : { sample }),
  });
  await writeJsonDurable(join(directories.root, 'lint.json'), rows);
  const { linter } = context.services;
  if (linter) return lintWith(linter, context, rows);
  if (!lintFailed(rows)) return next;
  return failStage('LintErrors', explainRows(rows));
}

/** The verdict of the tool that deploys; our table says where and what to do. Files that cannot be read fail either way. */
async function lintWith(
  linter: RecipeLinter,
  { directories, frozen, mirror, signal, ...context }: PreparedContext,
  rows: readonly LintRow[],
): Promise<StepOutcome> {
  context.leavePool();
  const { recipe: directory, root } = directories;
  const { commit } = frozen.head;
  const report = await linter.lint(frozen.recipe, { commit, directory, repository: mirror.directory }, signal);
  await writeJsonDurable(join(root, 'lint-abra.json'), report);
  const unreadable = rows.filter(({ ref, satisfied }) => ref.startsWith('C') && satisfied === false);
  if (report.verdict === 'Failed' || lintFailed(unreadable)) {
    return failStage('LintErrors', [report.message, explainRows(rows)].filter((text) => text !== '').join('. '));
  }
  if (report.verdict === 'Passed') return next;
  return { kind: 'End', end: { result: 'Unverified', reason: 'LintUnverified', message: report.message } };
}

function explainRows(rows: readonly LintRow[]): string {
  const broken = rows.filter((row) => row.severity === 'Error' && row.satisfied === false);
  const message = broken.map((row) => `${row.ref} ${row.rule}: ${row.message}`).join('; ');
  return broken.length === 0 ? '' : `${message}. ${broken[0]?.remedy ?? ''}`.trim();
}

async function composeOf(
  { directories, attempt, frozen }: PreparedContext,
  sample: string,
): Promise<Compose | CcError> {
  const env = { ...EnvFile.parse(sample).entries(), ...frozen.app.env, ...frozen.spec.env };
  const extra = { STACK_NAME: stackNameOf(attempt.domain), DOMAIN: attempt.domain };
  try {
    return await readCompose({
      directory: directories.recipe,
      files: frozen.app.composeFiles ?? composeFilesOf(env),
      env,
      extra,
    });
  } catch (error) {
    if (error instanceof CcError && error.code === 'InvalidInput') return error;
    throw error;
  }
}
