import type { DefaultedCiProfile, DefaultedWarmServiceSpec } from '../../../lib/api/index.ts';
import { present } from '../../../lib/api/objects.ts';
import { dependencyDomain } from '../../../lib/app/domain.ts';
import { isGoing, sourceOf } from '../../../lib/app/enrolment.ts';
import { orNothing, orNothingNow } from '../../../lib/errors.ts';
import { isChanging, readWarmRecord, type WarmRecord } from '../../../lib/known-good/warm-record.ts';
import { sourceIdentity } from '../../../lib/recipe/source.ts';
import { type ProviderApp, providerApp, siteOf } from '../../../lib/sso/provider-app.ts';
import { realmName } from '../../../lib/sso/realm-name.ts';
import { acceptedSpec, isJudged } from '../../../lib/store/spec-in-force.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import type { Resource } from '../journal.ts';
import { failStage, next, type PreparedContext, type StepOutcome } from '../stage.ts';
import { chooseProvider, type ServiceFacts } from './choice.ts';
import type { AttemptDependency, ColdReason } from './dependency.ts';

type Entry = NonNullable<DefaultedCiProfile['dependsOn']>[number];

/** So long a run waits for the decision on the file of a service, milliseconds. */
const JUDGEMENT_MS = 30_000;

/** A service written together with the run is decided on first. */
export async function awaitServices({ services, memory, resolved }: PreparedContext): Promise<StepOutcome> {
  const waitedMs = services.clock.monotonicMs() - memory.stepStartedMs;
  for (const { warmService: name } of resolved.ci.dependsOn ?? []) {
    const object = services.store.get({ kind: 'WarmService', name });
    if (object === undefined || isJudged(object) || waitedMs >= JUDGEMENT_MS) continue;
    services.enqueue({ kind: 'WarmService', name });
    return { kind: 'Wait', afterMs: 250, waitingFor: `the decision on WarmService/${name}` };
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
  const found = services.store.get({ kind: 'WarmService', name: service });
  const spec = found && (acceptedSpec(found) as DefaultedWarmServiceSpec | undefined);
  const realm = realmName(resolved.recipe, object.uid, attempt.number);
  // What is asked in the same breath: an upgrade that comes later waits, one that came before is seen.
  const mayUse = services.leases.take(object.uid, { run: object.name, service, realm });
  const record = (await orNothing(readWarmRecord(services.store, service), 'Damaged')) ?? {};
  const warm = spec && providerApp(spec, record.domain ?? '');
  const facts = { service, isTaken, standing: standingOf(found, spec), provides: warm !== undefined };
  const state = await stateOf(context, { found, record, warm, mayUse });
  const choice = chooseProvider({ ...facts, ...state });
  if (choice.choice === 'Refused') return failStage('InvalidProfile', choice.message);
  const noted = { as, service, realm };
  if (warm === undefined || spec === undefined || choice.choice === 'Warm')
    return { ...noted, provider: warm as ProviderApp };
  const place = { uid: object.uid, attempt: attempt.number, as };
  const domain = dependencyDomain(spec.app.recipe, place, services.settings.zone);
  return { ...noted, provider: { ...warm, domain }, cold: coldOf(context, { spec, record }, choice.reason) };
}

function standingOf(
  found: StoredObject | undefined,
  spec: DefaultedWarmServiceSpec | undefined,
): ServiceFacts['standing'] {
  if (found === undefined) return 'Absent';
  if (spec === undefined) return 'NotAccepted';
  return isGoing(found) ? 'Going' : 'Accepted';
}

interface Seen {
  found: StoredObject | undefined;
  record: WarmRecord;
  warm: ProviderApp | undefined;
  mayUse: boolean;
}

/** Looks only as far as the answer matters. */
async function stateOf(
  context: PreparedContext,
  { found, record, warm, mayUse }: Seen,
): Promise<Pick<ServiceFacts, 'isDeployed' | 'isChanging' | 'answers'>> {
  const { services, signal } = context;
  const claim = record.domain === undefined ? undefined : await services.store.claims.get(record.domain);
  const isDeployed = record.lastGood !== undefined && claim !== undefined && claim.uid === found?.uid;
  const state = { isDeployed, isChanging: !mayUse || isChanging(record) };
  if (warm === undefined || !isDeployed || state.isChanging) return { ...state, answers: false };
  const site = await orNothing(siteOf(services, warm, signal), 'Misconfigured', 'Unreachable');
  if (site === undefined) return { ...state, answers: false };
  const provider = await services.providers(warm.type);
  return { ...state, answers: await provider.isReady(site, signal) };
}

interface Service {
  spec: DefaultedWarmServiceSpec;
  record: WarmRecord;
}

/** What is deployed instead: what was last good of the service, else its newest release. */
function coldOf(
  { services }: PreparedContext,
  { spec, record }: Service,
  reason: ColdReason,
): NonNullable<AttemptDependency['cold']> {
  const { recipeSource } = services.settings;
  const source = orNothingNow(() => sourceOf(spec.app.recipe, spec.app.source, recipeSource), 'Misconfigured');
  // Neither a journal nor a status is the place of a password that a URL holds.
  const app = { ...spec.app, ...present({ source: source && sourceIdentity(source) }) };
  const { version, commit, source: from } = record.lastGood ?? {};
  const revision = version && commit && from ? { version, commit, source: sourceIdentity(from) } : undefined;
  const pinned = spec.update.version;
  return { app, appliedMs: 0, reason, ...present({ revision, pinned }) };
}
