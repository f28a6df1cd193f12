import type { DefaultedCiProfile, DefaultedWarmServiceSpec } from '../../../lib/api/index.ts';
import { present } from '../../../lib/api/objects.ts';
import { dependencyDomain } from '../../../lib/app/domain.ts';
import { isGoing } from '../../../lib/app/enrolment.ts';
import { sourceOf } from '../../../lib/app/recipe-source.ts';
import { CcError, orNothing, orNothingNow } from '../../../lib/errors.ts';
import { isChanging, readWarmRecord, type WarmRecord } from '../../../lib/known-good/warm-record.ts';
import { lookAgainAfterMs } from '../../../lib/look-again.ts';
import { sourceIdentity } from '../../../lib/recipe/source.ts';
import { type ProviderApp, providerApp, siteOf } from '../../../lib/sso/provider-app.ts';
import { realmName } from '../../../lib/sso/realm-name.ts';
import { acceptedSpec, isJudged } from '../../../lib/store/spec-in-force.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import type { Resource } from '../journal.ts';
import { failStage, next, type PreparedContext, type StepOutcome } from '../stage.ts';
import { chooseProvider, type ServiceFacts } from './choice.ts';
import type { AttemptDependency, ColdProvider } from './dependency.ts';

type Entry = NonNullable<DefaultedCiProfile['dependsOn']>[number];

/** So long a run waits for the decision on the file of a service, milliseconds. */
const JUDGEMENT_MS = 30_000;

/** A service written together with the run is decided on first; a run that depends on none has no more to prepare. */
export async function awaitServices({ services, memory, resolved }: PreparedContext): Promise<StepOutcome> {
  const { dependsOn = [] } = resolved.ci;
  if (dependsOn.length === 0) return { kind: 'End', end: { result: 'Passed' } };
  const waitedMs = services.clock.monotonicMs() - memory.stepStartedMs;
  for (const { warmService: name } of dependsOn) {
    const object = services.store.get({ kind: 'WarmService', name });
    if (object === undefined || isJudged(object) || waitedMs >= JUDGEMENT_MS) continue;
    services.enqueue({ kind: 'WarmService', name });
    const afterMs = lookAgainAfterMs(waitedMs, 250);
    return { kind: 'Wait', afterMs, waitingFor: `the decision on WarmService/${name}` };
  }
  return next;
}

/** Chooses whose providers the attempt uses, and notes what it will make there before any of it exists. */
export async function chooseProviders(context: PreparedContext): Promise<StepOutcome> {
  const { attempt, resolved, services, object } = context;
  const chosen: AttemptDependency[] = [];
  for (const entry of resolved.ci.dependsOn ?? []) {
    const isTaken = chosen.some(({ service }) => service === entry.warmService);
    const one = await chooseOne(context, entry, isTaken);
    if ('kind' in one) return one;
    chosen.push(one);
  }
  attempt.dependencies = chosen;
  attempt.resources = [...(attempt.resources ?? []), ...chosen.map(resourceOf)];
  for (const { service, cold } of chosen) {
    if (cold === undefined) continue;
    const message = `WarmService/${service} is not up (${cold.reason}): the run deploys a provider of its own`;
    await services.store.event(object, { type: 'Warning', reason: 'ColdProvider', message });
  }
  return next;
}

/** The realm of a cold provider goes with it. */
function resourceOf({ realm, service, provider, cold }: AttemptDependency): Resource {
  return cold === undefined ? { kind: 'Realm', realm, service, provider } : { kind: 'App', domain: provider.domain };
}

async function chooseOne(
  context: PreparedContext,
  { as, warmService: service }: Entry,
  isTaken: boolean,
): Promise<AttemptDependency | StepOutcome> {
  const { services, object, attempt, resolved } = context;
  const realm = realmName(resolved.recipe, object.uid, attempt.number);
  const seen = await lookUp(context, { service, realm });
  const choice = chooseProvider({ service, isTaken, ...(await factsOf(context, seen)) });
  if (choice.choice === 'Refused') return failStage('InvalidProfile', choice.message);
  const { spec, warm } = seen;
  if (spec === undefined || warm === undefined) throw new CcError('Internal', `no provider in ${service}`);
  if (choice.choice === 'Warm') return { as, service, realm, provider: warm };
  const place = { uid: object.uid, attempt: attempt.number, as };
  const domain = dependencyDomain(spec.app.recipe, place, services.settings.zone);
  const cold = { ...coldOf(context, spec, seen.record), reason: choice.reason };
  return { as, service, realm, provider: { ...warm, domain }, cold };
}

/** A service as the store knows it now. */
interface Seen {
  found: StoredObject | undefined;
  /** In force. */
  spec: DefaultedWarmServiceSpec | undefined;
  record: WarmRecord;
  /** The provider that it is. */
  warm: ProviderApp | undefined;
  /** An upgrade that comes now waits for the run. */
  mayUse: boolean;
}

/** Takes the lease first: of an upgrade that came before, the record tells. */
async function lookUp(
  { services, object }: PreparedContext,
  { service, realm }: { service: string; realm: string },
): Promise<Seen> {
  const found = services.store.get({ kind: 'WarmService', name: service });
  const spec = found && (acceptedSpec(found) as DefaultedWarmServiceSpec | undefined);
  const lease = { run: object.name, service, realm };
  const mayUse = found !== undefined && services.leases.take(object.uid, lease);
  const record = (await orNothing(readWarmRecord(services.store, service), 'Damaged')) ?? {};
  return { found, spec, record, warm: spec && providerApp(spec, record.domain ?? ''), mayUse };
}

function standingOf({ found, spec }: Seen): ServiceFacts['standing'] {
  if (found === undefined) return 'Absent';
  if (spec === undefined) return 'NotAccepted';
  return isGoing(found) ? 'Going' : 'Accepted';
}

/** Asks the provider only where its answer matters. */
async function factsOf(context: PreparedContext, seen: Seen): Promise<Omit<ServiceFacts, 'service' | 'isTaken'>> {
  const { found, record, warm, mayUse } = seen;
  const claim = record.domain === undefined ? undefined : await context.services.store.claims.get(record.domain);
  const isDeployed = record.lastGood !== undefined && claim !== undefined && claim.uid === found?.uid;
  const isBusy = !mayUse || isChanging(record);
  const answers = warm !== undefined && isDeployed && !isBusy && (await isAnswering(context, warm));
  return { standing: standingOf(seen), provides: warm !== undefined, isDeployed, isChanging: isBusy, answers };
}

async function isAnswering({ services, signal }: PreparedContext, app: ProviderApp): Promise<boolean> {
  const site = await orNothing(siteOf(services, app, signal), 'Misconfigured', 'InvalidInput');
  return site !== undefined && (await (await services.providers(app.type)).isReady(site, signal));
}

/** What is deployed instead: what was last good of the service, else its newest release. */
function coldOf({ services }: PreparedContext, spec: DefaultedWarmServiceSpec, { lastGood }: WarmRecord): ColdProvider {
  const { recipeSource } = services.settings;
  const source = orNothingNow(() => sourceOf(spec.app.recipe, spec.app.source, recipeSource), 'Misconfigured');
  // Neither a journal nor a status is the place of a password that a URL holds.
  const app = { ...spec.app, ...present({ source: source && sourceIdentity(source) }) };
  const { version, commit, source: from = '' } = lastGood ?? {};
  const revision = version && commit ? { version, commit, source: sourceIdentity(from) } : undefined;
  const pinned = spec.update.version;
  return { app, appliedMs: 0, ...present({ revision, pinned }) };
}
