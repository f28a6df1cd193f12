import { parseDuration } from '../../../lib/api/duration.ts';
import { AppHome } from '../../../lib/app/app-home.ts';
import { planInstall, planUpgrade } from '../../../lib/app/app-plan.ts';
import { commitPlan } from '../../../lib/app/commit.ts';
import { checkOutRevision, deployApp } from '../../../lib/app/deployment.ts';
import { CcError } from '../../../lib/errors.ts';
import type { ReleasedRevision } from '../../../lib/known-good/last-good.ts';
import { noteDeployed } from '../../../lib/run-record/run-files.ts';
import { siteOf } from '../../../lib/sso/provider-app.ts';
import { next, type PreparedContext, type StepOutcome } from '../stage.ts';
import { saveEvidence } from '../steps/failure-evidence.ts';
import type { AttemptDependency } from './dependency.ts';

/** A dependency whose provider is the attempt's own. */
export type ColdDependency = AttemptDependency & { cold: NonNullable<AttemptDependency['cold']> };

const DEFAULT_HEALTH_MS = 300_000;
const AGAIN_MS = 500;

const homeOf = ({ services }: PreparedContext, { provider }: ColdDependency): AppHome =>
  new AppHome(services.settings.stateDirectory, provider.domain);

/** Claims the domain, and writes the app that the provider is to be. */
export async function prepareProvider(context: PreparedContext, dependency: ColdDependency): Promise<StepOutcome> {
  const { services, object, attempt, signal } = context;
  const { cold, provider } = dependency;
  const claim = { domain: provider.domain, kind: 'Run', name: object.name, uid: object.uid } as const;
  await services.store.claims.claim({ ...claim, attempt: attempt.number });
  context.leavePool();
  cold.revision ??= await newestOf(context, dependency);
  const home = homeOf(context, dependency);
  const mirror = services.mirrors.of(cold.app.recipe, cold.revision.source);
  const revision = await checkOutRevision({ home, mirror, resolved: cold.revision, signal });
  await commitPlan(await planInstall({ home, revision, app: cold.app }), home);
  return next;
}

/** The release that the service is pinned to, else the newest. @throws CcError `Misconfigured` where there is none. */
async function newestOf({ services, signal }: PreparedContext, { cold }: ColdDependency): Promise<ReleasedRevision> {
  const { recipe, source = '' } = cold.app;
  const mirror = services.mirrors.of(recipe, source);
  await mirror.fetch(signal);
  const { versions } = await mirror.versions(signal);
  const wanted = cold.pinned ?? versions.find((one) => !one.recipe.includes('-'))?.tag;
  const found = versions.find(({ tag }) => tag === wanted);
  if (found) return { version: found.tag, commit: found.commit, source };
  throw new CcError('Misconfigured', `${recipe} has no release ${cold.pinned ?? ''}`.trim(), {
    remedy: 'Tag one (git tag -a), or correct update.version of its WarmService.',
  });
}

export async function deployProvider(context: PreparedContext, dependency: ColdDependency): Promise<StepOutcome> {
  const { services, signal } = context;
  const { cold } = dependency;
  context.leavePool();
  await noteProvider(context, dependency);
  const home = homeOf(context, dependency);
  const { revision: resolved = await newestOf(context, dependency) } = cold;
  const mirror = services.mirrors.of(cold.app.recipe, resolved.source);
  const revision = await checkOutRevision({ home, mirror, resolved, signal });
  const app = await commitPlan(await planUpgrade({ home, revision, app: cold.app }), home);
  cold.appliedMs = await deployApp(services, home, app, signal);
  await noteProvider(context, dependency);
  return next;
}

/** For the count of deploys. */
async function noteProvider({ services, progress, signal }: PreparedContext, { as, provider }: ColdDependency) {
  const { deployed } = await services.platform.observe({ domain: provider.domain }, signal);
  noteDeployed(progress, deployed, as);
}

/** Waits for health, then for sign-on. @throws CcError `Unreachable` where it does not come up; its logs are saved. */
export async function awaitProvider(context: PreparedContext, dependency: ColdDependency): Promise<StepOutcome> {
  const { services, memory, signal } = context;
  const { cold, provider } = dependency;
  const { health } = cold.app.timeouts;
  const limitMs = health === undefined ? DEFAULT_HEALTH_MS : parseDuration(health);
  const remainingMs = limitMs - (services.clock.monotonicMs() - memory.stepStartedMs);
  const look = { domain: provider.domain, settings: cold.app, sinceMs: cold.appliedMs, remainingMs, signal };
  const result = await services.gate.look(look);
  if (result.state === 'Failed') throw await notUp(context, dependency, `${result.reason}: ${result.message}`);
  const site = result.state === 'Up' ? await siteOf(services, provider, signal) : undefined;
  if (site && (await (await services.providers(provider.type)).isReady(site, signal))) return next;
  const waitingFor = result.state === 'Waiting' ? result.waitingFor : 'sign-on';
  if (remainingMs <= 0) throw await notUp(context, dependency, `it waited for ${waitingFor}`);
  const afterMs = result.state === 'Waiting' ? result.afterMs : AGAIN_MS;
  return { kind: 'Wait', afterMs, waitingFor: `the provider of ${dependency.as}: ${waitingFor}` };
}

async function notUp(context: PreparedContext, { as, service, provider }: ColdDependency, why: string) {
  const { services, directories, mask, signal } = context;
  const { domain } = provider;
  const { platform } = services;
  await saveEvidence({ platform, domain, logs: directories.logs, stage: `provider-${as}`, mask, signal });
  return new CcError('Unreachable', `the provider that the run deployed in the place of ${service} is not up: ${why}`, {
    remedy: `See its logs, provider-${as}-service-… among those of the run.`,
  });
}
