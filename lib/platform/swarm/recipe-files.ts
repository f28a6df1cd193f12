import { relative } from 'node:path';
import { CcError, orElse } from '../../errors.ts';
import { atPlaceBeneath } from '../../fs/beneath.ts';
import { followLinksBeneath } from '../../fs/links-beneath.ts';
import { readRecipeBytes } from '../../recipe/recipe-file.ts';
import type { StackPlan } from './stack/driver.ts';
import { fileInside, recipeFiles } from './stack/file.ts';

/**
 * Sees that what a driver will read for configs and secrets are files of the recipe, and that what services mount of it is there: a link may lead to any file of the
 * host, which would then be put into a container.
 * @throws CcError `InvalidInput` naming the key.
 */
export async function assertRecipeFiles(plan: StackPlan): Promise<void> {
  const { directory } = plan.revision;
  for (const { key, file } of recipeFiles(plan)) {
    const read = readRecipeBytes(directory, relative(directory, file));
    const found = await orElse(read, 'InvalidInput', (error) => {
      throw notInside(key, file, error);
    });
    if (found === undefined) throw notInside(key, file);
  }
  await assertRecipeMounts(plan);
}

/** Sees that what services mount from the recipe's directory is there: the engine would miss it on the host. */
async function assertRecipeMounts({ compose, revision: { directory } }: StackPlan): Promise<void> {
  for (const { name, volumes } of compose.services) {
    for (const { source, type } of volumes) {
      if (type !== 'bind' || source.startsWith('/')) continue;
      const key = `services.${name}.volumes`;
      const file = fileInside(directory, source, key);
      const path = await orElse(followLinksBeneath(directory, relative(directory, file)), 'Refused', (error) => {
        throw notInside(key, file, error);
      });
      const found = await atPlaceBeneath(directory, path, (place) => place.directory.lstat(place.name));
      if (found === undefined) throw notInside(key, file);
    }
  }
}

function notInside(key: string, file: string, cause?: unknown): CcError {
  const remedy = 'Add the file, or correct its name; it is relative to the root of the recipe.';
  return new CcError('InvalidInput', `${key}: ${file} is not a file of the recipe`, { cause, remedy });
}
