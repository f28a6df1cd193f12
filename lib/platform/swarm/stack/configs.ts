import { CcError } from '../../../errors.ts';
import type { Compose, ComposeConfig } from '../../../recipe/compose.ts';
import { readRecipeBytes } from '../../../recipe/recipe-file.ts';
import type { EngineConfig } from '../engine/engine.ts';

/**
 * A config cannot be changed on the engine: new content needs a new name, which is the recipe's version key.
 * @param directory the recipe's checkout. @param present the configs that the engine holds of this stack.
 * @throws CcError `InvalidInput` naming the config whose content differs under the same name, or whose file is missing.
 */
export async function assertConfigsVersioned(
  compose: Compose,
  directory: string,
  present: readonly EngineConfig[],
): Promise<void> {
  for (const config of compose.configs) {
    if (config.external || config.file === undefined) continue;
    const data = await contentOf(config, directory);
    const old = present.find(({ name }) => name === config.versionedName);
    if (old === undefined || old.data.equals(data)) continue;
    const key = config.variables.at(-1);
    throw new CcError(
      'InvalidInput',
      `the config ${config.name} has new content under its old name ${config.versionedName}: configs cannot be changed`,
      { remedy: `Raise ${key ?? 'the version in its name'}${key ? ' in abra.sh' : ''} together with ${config.file}.` },
    );
  }
}

async function contentOf({ name, file = '' }: ComposeConfig, directory: string): Promise<Buffer> {
  const content = await readRecipeBytes(directory, file);
  if (content !== undefined) return content;
  throw new CcError('InvalidInput', `configs.${name}.file: ${file} is not in the recipe`, {
    remedy: 'Add the file, or correct its name; it is relative to the root of the recipe.',
  });
}
