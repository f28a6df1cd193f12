import { type AppPlan, type PlanOptions, planApp, planUpgrade } from '../../../lib/app/app-plan.ts';
import { CcError } from '../../../lib/errors.ts';
import type { Compose } from '../../../lib/recipe/compose.ts';
import type { PreparedContext, StepContext } from '../stage.ts';

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
  try {
    return await planApp({ ...options, domain, revision: { commit, directory } });
  } catch (error) {
    if (error instanceof CcError && error.code === 'InvalidInput') return error;
    throw error;
  }
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
