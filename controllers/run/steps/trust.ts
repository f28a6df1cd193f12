import type { AppPlan } from '../../../lib/app/app-plan.ts';
import type { CommittedApp } from '../../../lib/app/commit.ts';
import { CcError } from '../../../lib/errors.ts';
import { unlistedKeys } from '../../../lib/recipe/untrusted/unlisted-keys.ts';
import type { ResolvedRun as FrozenRun } from '../../../lib/run-record/resolved.ts';
import { failStage, next, type StepContext, type StepOutcome } from '../stage.ts';
import { planCheckout } from './plan-checkout.ts';

/** So many findings are named. */
const SHOWN = 8;

type Frozen = Pick<FrozenRun, 'trusted' | 'recipe' | 'head' | 'ref'>;

/** False where the commit is trusted, or the configuration lets the recipe through. Pure. */
function isDoubtful(frozen: Frozen, allowRecipeTests: readonly string[]): boolean {
  return !frozen.trusted && !allowRecipeTests.includes(frozen.recipe);
}

/**
 * Keeps untrusted commits off the host: the process platform runs none of them, since it would run them as the
 * controller's own account; the others none that asks for more than what is on the list.
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
  const { commit } = frozen.head;
  const overlays = [frozen.ci.upgrade.env, frozen.spec.env];
  const head = await planCheckout(context, { commit, app: frozen.app, overlays });
  return (head instanceof CcError ? undefined : refuseUnlisted(context, frozen, head)) ?? next;
}

/** A deploy of more than what is listed, on behalf of a commit that is not trusted, as a failed stage; else undefined. */
export function refuseUnlisted(
  { services, domain }: Pick<StepContext, 'services' | 'domain'>,
  frozen: Frozen,
  { compose, env }: Pick<AppPlan, 'compose' | 'env'>,
): StepOutcome | undefined {
  const { allowRecipeTests, platformKind } = services.settings;
  if (platformKind === 'Process' || !isDoubtful(frozen, allowRecipeTests)) return undefined;
  const found = unlistedKeys(compose, { domain, env, ports: [] });
  if (found.length === 0) return undefined;
  const more = found.length > SHOWN ? `; and ${found.length - SHOWN} more` : '';
  return refuse(frozen, `its compose files ask for more than it may: ${found.slice(0, SHOWN).join('; ')}${more}`, '');
}

/** The app within the limits of untrusted ones, where its commit is one. Pure. */
export function withinLimits(
  { services }: Pick<StepContext, 'services'>,
  frozen: Frozen,
  app: CommittedApp,
): CommittedApp {
  const { allowRecipeTests, platformKind, untrusted } = services.settings;
  if (platformKind === 'Process' || !isDoubtful(frozen, allowRecipeTests)) return app;
  return { ...app, spec: { ...app.spec, limits: untrusted } };
}

function refuse({ head, ref, recipe }: Frozen, why: string, alternative: string): StepOutcome {
  return failStage(
    'UntrustedRecipe',
    `commit ${head.commit.slice(0, 10)} (${ref}) is neither on the default branch nor on an annotated version tag of the configured source, ` +
      `and ${why}. Add "${recipe}" to allowRecipeTests in the configuration${alternative}.`,
  );
}
