import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../lib/errors.ts';
import { type Compose, composeFilesOf, readCompose, stackNameOf } from '../../lib/recipe/compose.ts';
import { EnvFile } from '../../lib/recipe/env-file.ts';
import { hostAccess } from '../../lib/recipe/host-access.ts';
import type { ResolvedRun as FrozenRun } from '../../lib/run-record/resolved.ts';
import { failStage, next, type StepContext, type StepOutcome } from './stage.ts';

type Frozen = Pick<FrozenRun, 'trusted' | 'recipe' | 'head' | 'ref'>;

/** False where the commit is trusted, or the configuration lets the recipe through. Pure. */
function isDoubtful(frozen: Frozen, allowRecipeTests: readonly string[]): boolean {
  return !frozen.trusted && !allowRecipeTests.includes(frozen.recipe);
}

/**
 * Keeps untrusted commits off the host: the process platform runs none of them, since it would run them as the
 * controller's own account; the others none that reaches beyond its containers.
 */
export async function refuseUntrusted(context: StepContext, frozen: FrozenRun): Promise<StepOutcome> {
  const { allowRecipeTests, platformKind } = context.services.settings;
  if (!isDoubtful(frozen, allowRecipeTests)) return next;
  if (platformKind === 'Process') {
    return refuse(
      frozen,
      "the process platform runs recipes as the controller's own user",
      ', or use the Swarm platform',
    );
  }
  const compose = await headCompose(context, frozen);
  return (compose && refuseHostAccess(context, frozen, compose)) ?? next;
}

/** A deploy of what reaches the host, on behalf of a commit that is not trusted, as a failed stage; else undefined. */
export function refuseHostAccess(
  { services }: Pick<StepContext, 'services'>,
  frozen: Frozen,
  compose: Compose,
): StepOutcome | undefined {
  const { allowRecipeTests, platformKind } = services.settings;
  if (platformKind === 'Process' || !isDoubtful(frozen, allowRecipeTests)) return undefined;
  const found = hostAccess(compose);
  return found.length === 0 ? undefined : refuse(frozen, `its compose files reach the host: ${found.join('; ')}`, '');
}

function refuse({ head, ref, recipe }: Frozen, why: string, alternative: string): StepOutcome {
  return failStage(
    'UntrustedRecipe',
    `commit ${head.commit.slice(0, 10)} (${ref}) is neither on the default branch nor on an annotated version tag of the configured source, ` +
      `and ${why}. Add "${recipe}" to allowRecipeTests in the configuration${alternative}.`,
  );
}

/** The compose files as Upgrade or Install would deploy them, hooks aside; undefined where they cannot be read. */
async function headCompose({ directories, attempt }: StepContext, frozen: FrozenRun): Promise<Compose | undefined> {
  const sample = await readFile(join(directories.recipe, '.env.sample'), 'utf8').catch(() => '');
  const { domain } = attempt;
  const given = Object.entries({ ...frozen.app.env, ...frozen.ci.upgrade.env, ...frozen.spec.env });
  const laid = given.map(([key, value]) => [key, value.replaceAll('{domain}', domain)]);
  const env: Record<string, string> = { ...EnvFile.parse(sample).entries(), ...Object.fromEntries(laid) };
  try {
    return await readCompose({
      directory: directories.recipe,
      files: frozen.app.composeFiles ?? composeFilesOf(env),
      env,
      extra: { STACK_NAME: stackNameOf(domain), DOMAIN: domain },
    });
  } catch (error) {
    if (hasCode(error, 'InvalidInput')) return undefined;
    throw error;
  }
}
