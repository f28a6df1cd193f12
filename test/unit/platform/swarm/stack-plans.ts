import type { ContainerLimits } from '../../../../lib/platform/platform.ts';
import type { StackPlan } from '../../../../lib/platform/swarm/stack/driver.ts';
import { composeFilesOf, readCompose } from '../../../../lib/recipe/compose.ts';
import { recipeDirectory } from '../../recipe/recipe-files.ts';

export const STACK = 'st_example_org';

export interface PlanParts {
  env?: Readonly<Record<string, string>>;
  version?: string;
  secrets?: Readonly<Record<string, string>>;
  images?: Readonly<Record<string, string>>;
  limits?: ContainerLimits;
}

/** The plan of a recipe with these files, or with this `compose.yml`; remove it by `removeRecipes`. */
export async function planOf(
  files: Readonly<Record<string, string>> | string,
  { env = {}, version, secrets = {}, images = {}, limits }: PlanParts = {},
): Promise<StackPlan> {
  const directory = await recipeDirectory(typeof files === 'string' ? { 'compose.yml': files } : files);
  const composeFiles = composeFilesOf(env);
  return {
    app: { domain: 'st.example.org', recipe: 'notes', composeFiles, env, secrets, ...(limits && { limits }) },
    revision: { commit: '0123456789abcdef0123', directory, ...(version === undefined ? {} : { version }) },
    stack: STACK,
    compose: await readCompose({ directory, files: composeFiles, env, extra: { STACK_NAME: STACK } }),
    images,
  };
}
