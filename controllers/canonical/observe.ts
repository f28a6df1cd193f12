import { join } from 'node:path';
import { parseDuration } from '../../lib/api/duration.ts';
import type { DefaultedCanonicalSpec } from '../../lib/api/index.ts';
import { AppHome } from '../../lib/app/app-home.ts';
import { canonicalDomain } from '../../lib/app/domain.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { canonicalDigest, sha256 } from '../../lib/digest.ts';
import { orNothing } from '../../lib/errors.ts';
import type { FailedPromotion } from '../../lib/known-good/failed-promotions.ts';
import { KnownGoodStore } from '../../lib/known-good/known-good-store.ts';
import type { LeaseHolder } from '../../lib/known-good/lease.ts';
import { LeaseWatch } from '../../lib/known-good/lease-watch.ts';
import { isNobodys } from '../../lib/known-good/volumes-state.ts';
import { runStanding } from '../../lib/run-record/run-end.ts';
import { type Outcome, type Pass, requeueAfter } from '../../lib/runtime/reconciler.ts';
import { hasTrash } from '../../lib/snapshot/discard.ts';
import { type Leavings, type LiveParts, leavingsOf } from '../../lib/snapshot/leavings.ts';
import type { Manifest } from '../../lib/snapshot/manifest.ts';
import { isPrepared, type PreparedFor } from '../../lib/snapshot/prepared.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { Claim, ObjectStore, StoredObject } from '../../lib/store/store.ts';
import { judge } from './acceptance.ts';
import type { CanonicalJournal } from './journal.ts';
import { readKept } from './kept.ts';
import { type CanonicalFacts, PREPARED } from './plan.ts';

/** A canonical as one pass sees it. */
export interface CanonicalView {
  object: StoredObject;
  /** In force, or about to be. */
  spec: DefaultedCanonicalSpec;
  journal: CanonicalJournal;
  domain: string;
  home: AppHome;
  knownGood: KnownGoodStore;
  manifest: Manifest | undefined;
  facts: CanonicalFacts;
  /** Promotions that failed, newest first. */
  failedPromotions?: readonly FailedPromotion[];
  /** What is there of one that is deleted, as the platform lists it. */
  left?: readonly string[];
}

/** Everything an act of a pass over a canonical works with. */
export interface CanonicalPass {
  services: KindServices;
  view: CanonicalView;
  pass: Pass;
  /** Journals the draft. */
  save(): Promise<void>;
  /** The draft is journaled with the status that ends the pass. */
  saveWithStatus(): void;
}

/** The pass did something; the next one looks again at once. */
export const again = (reason: string): Outcome => requeueAfter(0, reason);

/** What the reconciler takes the lease for: to put data back, or for work beside the data, which no crash of that can harm. */
export type LeasedWork = 'Restore' | 'Upkeep';

const OWN_NAMES: Readonly<Record<LeasedWork, string>> = { Restore: 'canonical', Upkeep: 'canonical-upkeep' };

/** The reconciler itself as holder. No run has its uid. */
export function ownHolder(view: CanonicalView, work: LeasedWork): LeaseHolder {
  return { holder: OWN_NAMES[work], uid: view.object.uid, attempt: 0 };
}

/** For work in the background: gives way to who takes the lease, and to what people change or ask for meanwhile. */
export function watchOf({ services, view, pass }: CanonicalPass): LeaseWatch {
  const { kind, name, uid, generation, requests, deletion } = view.object;
  const isWanted = (): boolean => {
    const now = services.store.get({ kind, name });
    const same = now?.uid === uid && now.generation === generation && now.deletion?.state === deletion?.state;
    return !same || now.requests.length > requests.length;
  };
  return new LeaseWatch(view.knownGood.directory, pass.signal, isWanted);
}

/** Where the app of a canonical is, or will be. Pure. */
export function homeOf({ settings }: KindServices, object: StoredObject, journal: CanonicalJournal): AppHome {
  const { app } = specInForce(object) as DefaultedCanonicalSpec;
  const domain = journal.domain ?? canonicalDomain(object.name, app.domain, settings.zone);
  return new AppHome(settings.stateDirectory, domain);
}

/** Reads everything a decision needs; writes nothing. */
export async function observeCanonical(
  services: KindServices,
  object: StoredObject,
  journal: CanonicalJournal,
  signal: AbortSignal,
): Promise<CanonicalView> {
  const { settings, store, session } = services;
  const spec = specInForce(object) as DefaultedCanonicalSpec;
  const home = homeOf(services, object, journal);
  const { domain } = home;
  const directory = join(settings.stateDirectory, 'canonicals', object.name);
  const knownGood = new KnownGoodStore({ directory, reader: services.setReader });
  const { state, manifest, lease, volumes, failedPromotions } = await readKept(knownGood);
  const claim = await store.claims.get(domain);
  const damaged = await damagedGeneration(knownGood, state, journal);
  const tag = journal.newest?.tag;
  const seedHash = tag === undefined ? undefined : seedHashOf({ uid: object.uid, journal, spec, tag, damaged });
  const others = { canonicals: rivalsOf(store, object, claim), zone: settings.zone, claim };
  const owned = claim?.uid === object.uid;
  const asked = manifest !== undefined || (owned && object.deletion !== undefined);
  const present = asked ? await services.platform.volumes({ domain }, signal) : [];
  const tidied = manifest === undefined || lease !== undefined;
  const facts: CanonicalFacts = {
    journal,
    session,
    runningMs: store.runningMs(),
    resyncMs: settings.resyncMs,
    ...judge({ object, journal, domain, ...others }),
    claimed: owned && journal.domain !== undefined,
    deletion: object.deletion?.state ?? 'None',
    deletionStartedRunningMs: object.deletion?.startedRunningMs ?? 0,
    dataRetentionMs: object.deletion?.purge ? 0 : parseDuration(spec.dataRetention),
    retain: spec.deletionPolicy === 'Retain',
    suspended: spec.suspend || object.suspended,
    seedPolicy: spec.seed,
    knownGood: state,
    volumes,
    volumesPresent: areAllPresent(manifest, present),
    leavings: tidied ? 'None' : await allLeavings({ home, volumes: present }, knownGood),
    ...(await copyFacts({ home, volumes: present }, { knownGood, manifest, journal })),
    neverGood:
      object.deletion !== undefined && (isNobodys(volumes) || present.length === 0) && (await knownGood.isEmpty()),
    lease,
    leaseHolderAlive: lease !== undefined && (await isHolding(services, { name: lease.holder, uid: lease.uid })),
    seedHash,
    seedRunning: await isSeedRunning(services, journal, seedHash),
  };
  const left = object.deletion === undefined ? [] : await leftOf(knownGood, present);
  return { object, spec, journal, domain, home, knownGood, manifest, facts, failedPromotions, left };
}

/** Who may stand in its way: those of its recipe, and who holds its domain. */
function rivalsOf(store: ObjectStore, object: StoredObject, claim: Claim | undefined): StoredObject[] {
  const holder = claim?.kind === 'Canonical' ? store.get(claim) : undefined;
  return [...store.ofSameRecipe(object), ...(holder ? [holder] : [])];
}

async function leftOf(knownGood: KnownGoodStore, volumes: readonly { name: string }[]): Promise<string[]> {
  return [...volumes.map(({ name }) => `volume ${name}`), ...((await knownGood.isEmpty()) ? [] : ['snapshots'])];
}

/** The generation that the pointer names, where it is known to be damaged. */
async function damagedGeneration(
  store: KnownGoodStore,
  state: CanonicalFacts['knownGood'],
  { verified }: CanonicalJournal,
): Promise<string | undefined> {
  if (state.state === 'Absent') return undefined;
  if (state.state === 'Present')
    return verified?.generation === state.id && verified.state === 'Damaged' ? state.id : undefined;
  return (await orNothing(store.pointerId(), 'Damaged')) ?? 'unreadable';
}

function areAllPresent(manifest: Manifest | undefined, volumes: readonly { name: string }[]): boolean {
  const names = new Set(volumes.map(({ name }) => name));
  return manifest === undefined || manifest.volumes.every((volume) => names.has(volume.name));
}

type Kept = Pick<CanonicalView, 'knownGood' | 'manifest' | 'journal'>;

async function copyFacts(
  live: PreparedFor,
  { knownGood, manifest, journal }: Kept,
): Promise<Pick<CanonicalFacts, 'trash' | 'prepared' | 'looks'>> {
  const trash = await hasTrash(live);
  if (manifest === undefined) return { trash, prepared: 'Absent', looks: [] };
  const prepared = (await isPrepared(live, manifest)) ? 'Sealed' : 'Absent';
  return { trash, prepared, looks: await otherLooks(knownGood, manifest.id, journal) };
}

/** Ancestors, as far as manifests can be read, and the prepared copy once it was made; never read is read at 0. */
async function otherLooks(
  knownGood: KnownGoodStore,
  id: string,
  { looked = {} }: CanonicalJournal,
): Promise<CanonicalFacts['looks']> {
  const ancestors = (await knownGood.sets.line(id)).slice(1).map((set) => set.id);
  const prepared = looked[PREPARED] === undefined ? [] : [PREPARED];
  return [...ancestors, ...prepared].map((what) => ({ what, atRunningMs: looked[what] ?? 0 }));
}

/** What {@link planCanonical} restores volumes for, asked of the platform and the journal once more. */
export async function areVolumesLost(
  services: KindServices,
  { knownGood, domain, home, manifest }: CanonicalView,
  signal: AbortSignal,
): Promise<boolean> {
  const { state } = await knownGood.volumesState();
  if (state === 'Missing' || state === 'Unknown') return true;
  const present = await services.platform.volumes({ domain }, signal);
  if (!areAllPresent(manifest, present)) return true;
  return (await leavingsOf({ home, volumes: present })) === 'Unfinished';
}

/** Beside the live data, and below the canonical's directory. */
async function allLeavings(live: LiveParts, knownGood: KnownGoodStore): Promise<Leavings> {
  const beside = await leavingsOf(live);
  return beside === 'None' && (await knownGood.hasLitter()) ? 'Litter' : beside;
}

interface SeedFacts {
  /** Of the Canonical: one that is enrolled anew is seeded anew. */
  uid: string;
  journal: CanonicalJournal;
  spec: DefaultedCanonicalSpec;
  tag: string;
  /** The generation that the seed is to replace. */
  damaged: string | undefined;
}

/** Names a seed: another tag, spec or retry is another seed, and so is one that replaces a generation found damaged. */
function seedHashOf({ uid, journal, spec, tag, damaged }: SeedFacts): string {
  const facts = [uid, tag, canonicalDigest({ ...spec, suspend: null }), journal.retry ?? ''];
  if (damaged !== undefined) facts.push(damaged);
  return sha256(JSON.stringify(facts)).slice(0, 8);
}

async function isSeedRunning(
  { store }: KindServices,
  { seed }: CanonicalJournal,
  hash: string | undefined,
): Promise<boolean> {
  if (!seed || seed.hash !== hash || seed.result !== undefined) return false;
  return await isRunOpen({ store }, { name: seed.run });
}

/** Not over, as far as anybody can tell. */
async function isRunOpen({ store }: Pick<KindServices, 'store'>, run: { name: string; uid?: string }) {
  return (await runStanding(store, run)).state === 'Open';
}

/**
 * A lease of the reconciler itself, whose name no run has, is over by now. A run that is over and could not take down
 * what it deployed goes on with that, under its lease.
 */
async function isHolding({ store }: Pick<KindServices, 'store'>, run: { name: string; uid: string }): Promise<boolean> {
  const standing = await runStanding(store, run);
  return standing.state === 'Open' || (standing.state === 'Over' && !standing.tornDown);
}
