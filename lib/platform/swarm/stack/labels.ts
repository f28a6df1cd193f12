import type { StackPlan } from './driver.ts';

/** Service label with the full commit that was deployed. */
export const COMMIT_LABEL = 'cc-ci.commit';
/** Label with the id of the controller that made the thing. */
export const INSTANCE_LABEL = 'cc-ci.instance';
/** Characters of a commit in abra's `chaos-version`. */
const SHORT_COMMIT = 8;

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
