import { sha256 } from '../../../digest.ts';
import { CcError } from '../../../errors.ts';
import { type Compose, readCompose, stackNameOf } from '../../../recipe/compose.ts';
import type { AppSpec, Endpoint, Revision } from '../../platform.ts';
import { endpointsOf, fillPorts, type PortOf, wantedPorts } from '../../port-placeholders.ts';
import { refuseUnsupported } from '../swarm-support.ts';
import { confinedCompose } from './confinement.ts';
import type { StackPlan } from './driver.ts';
import { isOwn, type WantedSecret } from './secrets.ts';

/** What is to be deployed, but for the images. */
export type DraftPlan = Omit<StackPlan, 'images'> & {
  /** The host ports that the env asked for. */
  endpoints: readonly Endpoint[];
};

/**
 * Reads the recipe as it would be deployed. Touches nothing. @throws CcError `InvalidInput` for the recipe's mistakes,
 * `Unsupported` for what this platform cannot do, `Refused` for what an untrusted commit may not.
 */
export async function draftPlan(app: AppSpec, revision: Revision, portOf: PortOf): Promise<DraftPlan> {
  const endpoints = await endpointsOf(wantedPorts(app.env), portOf);
  const filled = { ...app, env: fillPorts(app.env, endpoints) };
  const stack = stackNameOf(app.domain);
  const compose = await readCompose({
    directory: revision.directory,
    files: app.composeFiles,
    env: filled.env,
    extra: { STACK_NAME: stack, DOMAIN: app.domain },
  });
  refuseUnsupported(compose);
  refuseForeignVolumes(compose);
  const { limits } = app;
  const kept = limits === undefined ? compose : confinedCompose(compose, filled, { limits, endpoints });
  return { app: filled, revision, stack, compose: kept, endpoints };
}

/** Over everything that decides what runs; two equal ones mean that there is nothing to apply. Pure. */
export function planDigest(plan: StackPlan, secrets: readonly WantedSecret[]): string {
  const values = secrets.map(({ versionedName, digest }) => [versionedName, digest]);
  const { commit, version } = plan.revision;
  const text = JSON.stringify([commit, version, plan.app.env, plan.compose.raw, plan.images, values]);
  return sha256(text);
}

/** Short names of the volumes that the services mount or the file declares, sorted. */
export function volumesOf(compose: Compose): string[] {
  return Object.keys(compose.volumes).toSorted();
}

/** Networks, secrets and configs that must exist before the deploy because the recipe expects them from elsewhere. */
export function neededFromElsewhere(compose: Compose): { networks: string[]; secrets: string[] } {
  const networks = Object.entries(compose.networks).filter(([, { external }]) => external);
  return {
    networks: networks.map(([key, { name }]) => name ?? key),
    secrets: compose.secrets
      .filter((secret) => secret.external && !isOwn(secret, compose.stackName))
      .map(({ versionedName }) => versionedName),
  };
}

/** A volume with a name of its own may be somebody else's: it could neither be kept apart nor removed. */
function refuseForeignVolumes({ volumes, stackName }: Compose): void {
  for (const [key, { name }] of Object.entries(volumes)) {
    if (name === undefined || name === `${stackName}_${key}`) continue;
    const remedy = 'Leave the name out: the engine then names it after the stack.';
    throw new CcError('Unsupported', `volumes.${key}.name: the volume ${name} is not the app's own`, { remedy });
  }
}
