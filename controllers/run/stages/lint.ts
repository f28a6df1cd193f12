import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError } from '../../../lib/errors.ts';
import { writeJsonDurable } from '../../../lib/fs/durable.ts';
import { type Compose, composeFilesOf, readCompose, stackNameOf } from '../../../lib/recipe/compose.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';
import { lintFailed, lintRecipe } from '../../../lib/recipe/lint.ts';
import { failStage, next, type PreparedContext, type Stage, type StepOutcome } from '../stage.ts';

/** The recipe's rules that need no network. An error row fails the run; later stages run all the same. */
export const lint: Stage = { name: 'Lint', steps: [{ name: 'Lint', deadline: 'Deploy', run: lintCheckout }] };

async function lintCheckout(context: PreparedContext): Promise<StepOutcome> {
  const { directories, frozen } = context;
  const sample = await readFile(join(directories.recipe, '.env.sample'), 'utf8').catch(() => undefined);
  const rows = lintRecipe({
    directory: directories.recipe,
    compose: await composeOf(context, sample ?? ''),
    tags: frozen.tags,
    ...(sample === undefined ? {} : { sample }),
  });
  await writeJsonDurable(join(directories.root, 'lint.json'), rows);
  if (!lintFailed(rows)) return next;
  const broken = rows.filter((row) => row.severity === 'Error' && row.satisfied === false);
  const message = broken.map((row) => `${row.ref} ${row.rule}: ${row.message}`).join('; ');
  return failStage('LintErrors', `${message}. ${broken[0]?.remedy ?? ''}`.trim());
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
