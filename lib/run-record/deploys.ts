import type { RunDependency } from '../api/generated/types.ts';
import type { RunProgress } from './progress.ts';

/**
 * Notes in the draft what the platform shows of the attempt's app: each transition undeployed → deployed is a deploy. An
 * app that nobody has looked at yet counts as undeployed.
 */
export function noteDeployed(progress: RunProgress, deployed: boolean): void {
  if (deployed && progress.deployed !== true) progress.deploys += 1;
  progress.deployed = deployed;
}

/**
 * How often an attempt deploys: its own app once, whatever is upgraded in place, and each dependency for which no warm
 * provider is up. Pure.
 */
export function expectedDeploys(dependencies: readonly Pick<RunDependency, 'mode'>[]): number {
  return 1 + dependencies.filter(({ mode }) => mode === 'Cold').length;
}
