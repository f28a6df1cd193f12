import { sha256 } from '../../../digest.ts';
import { CcError } from '../../../errors.ts';
import { type Compose, readCompose, stackNameOf } from '../../../recipe/compose.ts';
import type { AppSpec, Endpoint, Revision } from '../../platform.ts';
import { endpointsOf, fillPorts, type PortOf, wantedPorts } from '../../port-placeholders.ts';
import { refuseUnsupported } from '../swarm-support.ts';
import { confinedCompose } from './confinement.ts';
import type { StackPlan } from './driver.ts';
import { isOwn, type WantedSecret } from './secrets.ts';

/** Service label with the full commit that was deployed. */
export const COMMIT_LABEL = 'cc-ci.commit';
/** Label with the id of the controller that made the thing. */
export const INSTANCE_LABEL = 'cc-ci.instance';
/** Characters of a commit in abra's `chaos-version`. */
const SHORT_COMMIT = 8;

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

/**
 * Labels to add to `deploy.labels`, by service. Our two go on every service; those that abra writes (format: abra 0.13)
 * on the one that carries the version label, else on `app`, else on the first. A commit without a version is `chaos`. Pure.
 */
export function stackLabels(plan: StackPlan, instanceId: string): ReadonlyMap<string, Record<string, string>> {
  const { stack, revision, app, compose } = plan;
  const prefix = `coop-cloud.${stack}`;
  const ours = { [COMMIT_LABEL]: revision.commit, [INSTANCE_LABEL]: instanceId };
  const chaos = revision.version === undefined;
  const abra = {
    [`${prefix}.recipe`]: app.recipe,
    [`${prefix}.chaos`]: String(chaos),
    ...(chaos ? { [`${prefix}.chaos-version`]: revision.commit.slice(0, SHORT_COMMIT) } : {}),
  };
  const main = mainService(compose.services, `${prefix}.version`);
  return new Map(compose.services.map(({ name }) => [name, name === main ? { ...abra, ...ours } : ours]));
}

function mainService(services: StackPlan['compose']['services'], versionLabel: string): string | undefined {
  const app = services.find(({ name }) => name === 'app');
  const labelled = services.find(({ labels }) => labels[versionLabel] !== undefined);
  return app?.labels[versionLabel] !== undefined ? app.name : (labelled ?? app ?? services[0])?.name;
}
