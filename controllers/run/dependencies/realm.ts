import { CcError, hasCode } from '../../../lib/errors.ts';
import type { AppObservation } from '../../../lib/platform/platform.ts';
import { isIngressEnabled } from '../../../lib/recipe/routers.ts';
import { expectedUrl } from '../../../lib/sso/expected-url.ts';
import type { SsoProvider, SsoSite } from '../../../lib/sso/provider.ts';
import { siteIn } from '../../../lib/sso/provider-app.ts';
import { next, type PreparedContext, type StepContext, type StepOutcome } from '../stage.ts';
import { planCheckout } from '../steps/trust.ts';
import type { AttemptDependency } from './dependency.ts';
import { credentialsOf, writeSecrets } from './secrets.ts';

interface Opened {
  provider: SsoProvider;
  site: SsoSite;
  /** What runs there. */
  tasks: string;
}

/** @throws CcError `Unreachable` where it is not deployed any more. */
async function open({ services, signal }: StepContext, { provider: app, service }: AttemptDependency): Promise<Opened> {
  const observation = await services.platform.observe({ domain: app.domain }, signal);
  const site = siteIn(services, app, observation);
  if (site === undefined) throw new CcError('Unreachable', `the provider of ${service} at ${app.domain} is not up`);
  return { provider: await services.providers(app.type), site, tasks: tasksOf(observation) };
}

/** Names what runs of a provider: another text says that it was started anew. Pure. */
function tasksOf({ commit = '', services }: Pick<AppObservation, 'commit' | 'services'>): string {
  const running = services.flatMap(({ name, tasks }) =>
    tasks.filter(({ state }) => state === 'Running').map(({ startedAt = 0 }) => `${name}@${startedAt}`),
  );
  return [commit, ...running.toSorted()].join(' ');
}

/** Makes the realm, which is among the attempt's resources by now, and keeps its secrets in files of their own. */
export async function makeRealm(context: PreparedContext, dependency: AttemptDependency): Promise<StepOutcome> {
  const { object, attempt, directories, signal } = context;
  const { realm, as } = dependency;
  const { provider, site, tasks } = await open(context, dependency);
  const claim = { realm, run: object.uid, attempt: attempt.number, appUrl: await appUrlOf(context) };
  context.leavePool();
  const { clientSecret, password, ...account } = await provider.create(site, claim, signal);
  await writeSecrets(directories, as, { clientSecret, password });
  Object.assign(dependency, { account, tasks });
  return next;
}

/** Signs in once, as the tests will. */
export async function verifyRealm(context: StepContext, dependency: AttemptDependency): Promise<StepOutcome> {
  const { provider, site } = await open(context, dependency);
  const credentials = await credentialsOf(context.directories, dependency);
  context.leavePool();
  await provider.verify(site, credentials, context.signal);
  return next;
}

/**
 * Why a failure beside the realm of a dependency says nothing of what is tested: the provider went, or was started anew.
 * Undefined: it is there as it was, whatever a test has made of its realm. @throws CcError `Aborted`.
 */
export async function lostProvider(context: StepContext): Promise<CcError | undefined> {
  for (const dependency of context.attempt.dependencies ?? []) {
    const lost = dependency.account && (await lostOne(context, dependency));
    if (lost) return lost;
  }
  return undefined;
}

async function lostOne(context: StepContext, dependency: AttemptDependency): Promise<CcError | undefined> {
  try {
    const { provider, site, tasks } = await open(context, dependency);
    if (tasks !== dependency.tasks)
      return new CcError('Unreachable', `the provider of ${dependency.service} was started anew while the run used it`);
    await provider.verify(site, await credentialsOf(context.directories, dependency), context.signal);
    return undefined;
  } catch (error) {
    if (hasCode(error, 'Unreachable', 'DataMissing')) return error;
    if (hasCode(error, 'Conflict', 'Misconfigured', 'Refused')) return undefined;
    throw error;
  }
}

/** Where the app of the attempt will answer: it is not deployed yet. */
async function appUrlOf(context: PreparedContext): Promise<string> {
  const { resolved, services, domain } = context;
  const { platformKind, swarm } = services.settings;
  const isRouted = platformKind !== 'Process' && (await asksForRoute(context));
  const ingress = isRouted ? (swarm?.baseUrl ?? 'https://{domain}') : undefined;
  return expectedUrl({ domain, template: resolved.app.url, ingress });
}

/** One that cannot be read fails where it is deployed. */
async function asksForRoute(context: PreparedContext): Promise<boolean> {
  const { commit } = context.resolved.head;
  const plan = await planCheckout(context, { commit, app: context.resolved.app, overlays: [] });
  return plan instanceof CcError || plan.compose.services.some(isIngressEnabled);
}
