import { randomUUID } from 'node:crypto';
import {
  type CanaryLook,
  type CanaryPlace,
  lookForCanaries,
  plantCanaries,
  unproven,
} from '../../../lib/canary/canaries.ts';
import {
  canaryEvidence,
  canaryToken,
  type StoreRef,
  storeName,
  type UnprovenStore,
} from '../../../lib/canary/canary.ts';
import { findStores } from '../../../lib/canary/find-stores.ts';
import { lookAgainAfterMs } from '../../../lib/look-again.ts';
import { backupPlan } from '../../../lib/recipe/backup-labels.ts';
import type { AttemptMemory } from '../journal.ts';
import { failStage, next, noteEvidence, type PreparedContext, type StepOutcome } from '../stage.ts';
import { deployedCompose } from './trust.ts';

/** So long a store may take to answer once its app is up, milliseconds. */
const ANSWERS_WITHIN_MS = 60_000;
/** The longest between two looks at a store that does not answer yet, milliseconds. */
const LONGEST_WAIT_MS = 500;

/** True where the run makes its own evidence: no data hook is given, and nobody said `canaries: None`. Pure. */
export function usesCanaries({ resolved }: Pick<PreparedContext, 'resolved'>): boolean {
  const { seed, verify, wipe, canaries } = resolved.ci.data ?? {};
  return canaries !== 'None' && !seed && !verify && !wipe;
}

/** A step that only runs that make their own evidence have. */
export async function canaryStep(
  context: PreparedContext,
  step: (context: PreparedContext) => Promise<StepOutcome>,
): Promise<StepOutcome> {
  if (!usesCanaries(context)) return next;
  context.leavePool();
  return await step(context);
}

/** The app under test, for whoever speaks to its stores. */
export async function canaryPlace(context: PreparedContext): Promise<CanaryPlace> {
  const { services, domain, signal, remainingMs } = context;
  const app = { domain };
  return {
    compose: await deployedCompose(context),
    volumes: await services.platform.volumes(app, signal),
    surroundings: services.settings.platformKind === 'Process' ? 'Host' : 'Container',
    exec: (service, argv, timeoutMs) =>
      services.platform.exec(app, service, argv, { signal, timeoutMs: Math.max(1, Math.min(timeoutMs, remainingMs)) }),
  };
}

/**
 * Plants a new token in every store of the deployed app, and notes where. A store that does not take it is no fault: it is
 * noted as one that proves nothing.
 */
export async function plantInApp(context: PreparedContext): Promise<StepOutcome> {
  const place = await canaryPlace(context);
  const found = await findStores({ ...place, plan: backupPlan(place.compose), signal: context.signal });
  const token = canaryToken(randomUUID().replaceAll('-', ''));
  const look = await plantCanaries(found.stores, token, place);
  const waiting = waitForAnswers(context, look);
  if (waiting) return waiting;
  const lost = look.lost.map(({ store, why }) => unproven(store, 'StoreRefused', why));
  context.memory.canary = {
    token,
    stores: look.found,
    unproven: [...found.unproven, ...look.unproven, ...lost, ...gaveNoAnswer(look)],
  };
  return next;
}

/** The stores of the last planting that a backup holds, and that took their canary. Pure. */
export function provenBackedUp({ canary }: Pick<AttemptMemory, 'canary'>): StoreRef[] {
  return (canary?.stores ?? []).filter(({ backedUp }) => backedUp);
}

/**
 * Looks for what was planted before an upgrade. Lost is red; a store that never took the token, or that does not let us
 * look now, leaves the stage unverified. An app that removed the file alone kept what lay beside it: that is only named.
 */
export async function lookAfterUpgrade(context: PreparedContext): Promise<StepOutcome> {
  const { canary } = context.memory;
  if (!canary) return next;
  const look = await lookForCanaries(canary.stores, canary.token, await canaryPlace(context));
  const told = lostOrWaiting(context, look, 'after the upgrade');
  if (told) return told;
  const evidence = canaryEvidence(look.found);
  if (evidence !== undefined) noteEvidence(context, evidence);
  const unproven = [...canary.unproven, ...look.unproven, ...gaveNoAnswer(look)];
  const first = unproven.find(({ reason }) => reason !== 'CanaryRemoved');
  if (first) return unverified(first.reason, unproven);
  nameUnproven(context, unproven);
  return next;
}

/** The stores of the last planting that a backup holds, and that took no canary. Pure. */
export function unprovenBackedUp({ canary }: Pick<AttemptMemory, 'canary'>): UnprovenStore[] {
  return (canary?.unproven ?? []).filter(({ backedUp }) => backedUp);
}

/** Looks for what was planted before the backup, in the stores that it holds; `Next`: all of them have it. */
export async function lookAfterRestore(context: PreparedContext): Promise<StepOutcome> {
  const { canary } = context.memory;
  const stores = provenBackedUp(context.memory);
  const look = await lookForCanaries(stores, canary?.token ?? '', await canaryPlace(context));
  const told = lostOrWaiting(context, look, 'after the restore');
  if (told) return told;
  noteEvidence(context, canaryEvidence(look.found) ?? 'Digests');
  const all = [...unprovenBackedUp(context.memory), ...look.unproven, ...gaveNoAnswer(look)];
  if (all[0]) return unverified(all[0].reason, all);
  return look.found.length > 0 ? next : noCanary();
}

function noCanary(): StepOutcome {
  const message =
    'the files are back as they were saved, but no verify hook is given, and nothing that is backed up took a canary';
  return { kind: 'End', end: { result: 'Unverified', reason: 'NoVerifyHook', message } };
}

function lostOrWaiting(context: PreparedContext, look: CanaryLook, when: string): StepOutcome | undefined {
  const [first] = look.lost;
  if (first === undefined) return waitForAnswers(context, look);
  const names = [...new Set(look.lost.map(({ store }) => placeOf(store)))].join(', ');
  const why = first.why === '' ? '' : `: ${first.why}`;
  const message = `${when}, what was written before is not there any more in ${names}${why}`;
  return failStage('DataLost', message, { service: first.store.service });
}

function placeOf(store: StoreRef): string {
  const at =
    store.volume === undefined ? '' : ` (${store.path === '.' ? '' : `${store.path} of `}volume ${store.volume})`;
  return `${storeName(store)}${at}`;
}

function waitForAnswers({ services, memory }: PreparedContext, look: CanaryLook): StepOutcome | undefined {
  const [first] = look.silent;
  if (first === undefined) return undefined;
  const waitedMs = services.clock.monotonicMs() - memory.stepStartedMs;
  if (waitedMs > ANSWERS_WITHIN_MS) return undefined;
  const afterMs = lookAgainAfterMs(waitedMs, LONGEST_WAIT_MS);
  return { kind: 'Wait', afterMs, waitingFor: `${storeName(first.store)} to answer: ${first.why}` };
}

function gaveNoAnswer({ silent }: CanaryLook): UnprovenStore[] {
  return silent.map(({ store, why }) => unproven(store, 'StoreRefused', why));
}

function unverified(reason: UnprovenStore['reason'], stores: readonly UnprovenStore[]): StepOutcome {
  return { kind: 'End', end: { result: 'Unverified', reason, message: explain(stores) } };
}

/** Names stores and why they prove nothing. Pure. */
export function explain(stores: readonly UnprovenStore[]): string {
  return `not proved: ${stores.map(({ store, why }) => `${store} (${why})`).join('; ')}`;
}

/** A stage that passes all the same says what it does not say. */
function nameUnproven({ progress, stage: name, mask }: PreparedContext, stores: readonly UnprovenStore[]): void {
  const stage = progress.stages.find((one) => one.name === name);
  const [first] = stores;
  if (!stage || !first) return;
  stage.reason ??= first.reason;
  stage.message = [stage.message, mask.text(explain(stores))].filter(Boolean).join('; ');
}
