import { type AppPlan, type PlanOptions, planApp } from '../../../lib/app/app-plan.ts';
import { CcError } from '../../../lib/errors.ts';
import type { StepContext } from '../stage.ts';

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
