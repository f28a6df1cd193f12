import { type AppPlan, type PlanOptions, planApp, planUpgrade } from '../../../lib/app/app-plan.ts';
import type { CommittedApp } from '../../../lib/app/commit.ts';
import { CcError, orElse } from '../../../lib/errors.ts';
import type { Compose } from '../../../lib/recipe/compose.ts';
import { unlistedKeys } from '../../../lib/recipe/untrusted/unlisted-keys.ts';
import type { ResolvedRun } from '../../../lib/run-record/run-files.ts';
import { failStage, next, type PreparedContext, type StepContext, type StepOutcome } from '../stage.ts';

/** So many findings are named. */
const SHOWN = 8;

type Judged = Pick<ResolvedRun, 'trusted' | 'recipe' | 'head' | 'ref'>;

/** False where the commit is trusted, or the configuration lets the recipe through. Pure. */
export function isDoubtful(resolved: Judged, allowRecipeTests: readonly string[]): boolean {
  return !resolved.trusted && !allowRecipeTests.includes(resolved.recipe);
}

/**
 * Keeps untrusted commits off the host: the process platform runs none of them, since it would run them as the
 * controller's own account; the others none that asks for more than what is on the list.
 */
export async function refuseUntrusted(context: StepContext, resolved: ResolvedRun): Promise<StepOutcome> {
  const { allowRecipeTests, platformKind } = context.services.settings;
  if (!isDoubtful(resolved, allowRecipeTests)) return next;
  if (platformKind === 'Process')
    return refuse(
      resolved,
      "the process platform runs recipes as the controller's own user",
      ', or use the Swarm platform',
    );
  const { commit } = resolved.head;
  const overlays = [resolved.ci.upgrade.env, resolved.spec.env];
  const head = await planCheckout(context, { commit, app: resolved.app, overlays });
  return (head instanceof CcError ? undefined : refuseUnlisted(context, resolved, head)) ?? next;
}

/** A deploy of more than what is listed, on behalf of a commit that is not trusted, as a failed stage; else undefined. */
export function refuseUnlisted(
  { services, domain }: Pick<StepContext, 'services' | 'domain'>,
  resolved: Judged,
  { compose, env }: Pick<AppPlan, 'compose' | 'env'>,
): StepOutcome | undefined {
  const { allowRecipeTests, platformKind } = services.settings;
  if (platformKind === 'Process' || !isDoubtful(resolved, allowRecipeTests)) return undefined;
  const found = unlistedKeys(compose, { domain, env, ports: [] });
  if (found.length === 0) return undefined;
  const more = found.length > SHOWN ? `; and ${found.length - SHOWN} more` : '';
  return refuse(resolved, `its compose files ask for more than it may: ${found.slice(0, SHOWN).join('; ')}${more}`, '');
}

/** The app within the limits of untrusted ones, where its commit is one. Pure. */
export function withinLimits(
  { services }: Pick<StepContext, 'services'>,
  resolved: Judged,
  app: CommittedApp,
): CommittedApp {
  const { allowRecipeTests, platformKind, untrusted } = services.settings;
  if (platformKind === 'Process' || !isDoubtful(resolved, allowRecipeTests)) return app;
  return { ...app, spec: { ...app.spec, limits: untrusted } };
}

function refuse({ head, ref, recipe }: Judged, why: string, alternative: string): StepOutcome {
  return failStage(
    'UntrustedRecipe',
    `commit ${head.commit.slice(0, 10)} (${ref}) is neither on the default branch nor on an annotated version tag of the configured source, ` +
      `and ${why}. Add "${recipe}" to allowRecipeTests in the configuration${alternative}.`,
  );
}

export interface CheckoutOptions extends Pick<PlanOptions, 'app' | 'overlays'> {
  commit: string;
  /** Where it is checked out; default the run's own checkout, which is of head. */
  directory?: string;
}

/**
 * A fresh app of a commit at the attempt's domain, as it would be installed; its error where the recipe cannot be read.
 * @throws CcError other than `InvalidInput`; system errors.
 */
export async function planCheckout(
  { domain, directories }: Pick<StepContext, 'domain' | 'directories'>,
  { commit, directory = directories.recipe, ...options }: CheckoutOptions,
): Promise<AppPlan | CcError> {
  const plan = planApp({ ...options, domain, revision: { commit, directory } });
  return await orElse(plan, 'InvalidInput', (error) => error);
}

/**
 * The compose files of what is deployed: those of head after an upgrade, whatever the base said.
 * @throws CcError `Unreachable` where nothing is deployed any more; as `planUpgrade`.
 */
export async function deployedCompose(context: PreparedContext): Promise<Compose> {
  const { home, services, domain, signal, resolved } = context;
  const { commit } = await services.platform.observe({ domain }, signal);
  if (commit === undefined) throw new CcError('Unreachable', `${domain} is not deployed any more`);
  const revision = { commit, directory: home.revisionDirectory(commit) };
  const { compose } = await planUpgrade({ home, revision, app: { ...resolved.app, env: {} } });
  return compose;
}
