import { relative } from 'node:path';
import { CcError, hasCode } from '../../errors.ts';
import { readRecipeBytes } from '../../recipe/recipe-file.ts';
import type { StackPlan } from './stack/driver.ts';
import { recipeFiles } from './stack/file.ts';

/**
 * Sees that what a driver will read for configs and secrets are files of the recipe: a link may lead to any file of the
 * host, which would then be put into a container.
 * @throws CcError `InvalidInput` naming the key.
 */
export async function assertRecipeFiles(plan: StackPlan): Promise<void> {
  const { directory } = plan.revision;
  for (const { key, file } of recipeFiles(plan)) {
    const found = await readRecipeBytes(directory, relative(directory, file)).catch((error: unknown) => {
      if (!hasCode(error, 'InvalidInput')) throw error;
      throw notInside(key, file, error);
    });
    if (found === undefined) throw notInside(key, file);
  }
}

function notInside(key: string, file: string, cause?: unknown): CcError {
  return new CcError('InvalidInput', `${key}: ${file} is not a file of the recipe`, {
    remedy: 'Add the file, or correct its name; it is relative to the root of the recipe.',
    ...(cause === undefined ? {} : { cause }),
  });
}
