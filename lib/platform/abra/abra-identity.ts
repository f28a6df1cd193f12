import { CcError } from '../../errors.ts';
import type { EngineService, EngineStack } from '../swarm/engine/engine.ts';
import type { StackPlan } from '../swarm/stack/driver.ts';

/** Characters of the commit in abra's label. */
const SHORT_COMMIT = 8;

/** What abra's labels say of a stack: what it deployed. Format: abra 0.13, labels of the service `app`. */
export interface DeployedMark {
  /** `sha8`, or `sha8+U` for a tree that differed from its commit; absent where no service has the label. */
  chaosVersion?: string;
  /** Short names of the services, sorted. */
  services: string[];
}

export function deployedMark(stack: string, services: readonly EngineService[]): DeployedMark {
  const label = `coop-cloud.${stack}.chaos-version`;
  const marked = services.map(({ labels }) => labels[label]).find((value) => value !== undefined);
  const names = services.map(({ name }) => name.slice(stack.length + 1)).toSorted();
  return { services: names, ...(marked === undefined ? {} : { chaosVersion: marked }) };
}

/** Whether the mark is exactly that of a commit with a clean tree. */
export function isMarkOf({ chaosVersion }: DeployedMark, commit: string): boolean {
  return chaosVersion !== undefined && chaosVersion === commit.slice(0, SHORT_COMMIT);
}

/**
 * What is wrong where the engine does not hold what was deployed; undefined where all is as it should be: every service
 * is there, and the label is exactly the commit's. A tree that differed (`+U`) is another revision than the tested one.
 */
export function identityFault(plan: StackPlan, services: readonly EngineService[]): CcError | undefined {
  const mark = deployedMark(plan.stack, services);
  const missing = plan.compose.services.map(({ name }) => name).filter((name) => !mark.services.includes(name));
  if (missing.length > 0)
    return new CcError('CommandFailed', `abra deployed ${plan.stack} without its services ${missing.join(', ')}`, {
      remedy: 'See whether abra talks to the same engine: its server must be the one behind swarm.socket.',
    });
  if (isMarkOf(mark, plan.revision.commit)) return undefined;
  const wanted = plan.revision.commit.slice(0, SHORT_COMMIT);
  return new CcError(
    'CommandFailed',
    `abra deployed ${mark.chaosVersion ?? 'no marked commit'} as ${plan.stack}, not ${wanted}`,
    { remedy: 'Let nobody else work in the private directory of the app; the next deploy makes its clone anew.' },
  );
}

/**
 * Whether every service was created or changed between two looks. Each is changed as a whole, so none is left as it was
 * before; where one is unchanged, nobody can tell whether it was to be.
 */
export function isAllChanged(before: EngineStack, after: EngineStack): boolean {
  const known = new Set(before.services.map(({ id, specDigest }) => `${id} ${specDigest}`));
  return after.services.every(({ id, specDigest }) => !known.has(`${id} ${specDigest}`));
}
