import type { CanonicalJournal } from '../../controllers/canonical/journal.ts';
import type { CanonicalView } from '../../controllers/canonical/observe.ts';
import type { CanonicalFacts } from '../../controllers/canonical/plan.ts';
import type { DefaultedCanonicalSpec } from '../../lib/api/index.ts';
import { AppHome } from '../../lib/app/app-home.ts';
import { KnownGoodStore } from '../../lib/known-good/known-good-store.ts';
import type { Lease } from '../../lib/known-good/lease.ts';
import type { Manifest } from '../../lib/snapshot/manifest.ts';
import { HEAD } from './resolved-run.ts';
import { storedCanonical, TIME } from './stored-object.ts';

/** A canonical that has claimed its domain and knows the newest release. */
export function canonicalJournal(overrides: Partial<CanonicalJournal> = {}): CanonicalJournal {
  return {
    format: 1,
    domain: 'warm-canon-notes.example.org',
    recipe: 'notes',
    newest: { tag: '1.1.0+1.1.0', atRunningMs: 0, session: 'this' },
    history: [],
    ...overrides,
  };
}

/** A verification of generation `g1` by this process. */
export const INTACT = { generation: 'g1', session: 'this', atRunningMs: 0, state: 'Intact' } as const;
export const DAMAGED = { ...INTACT, state: 'Damaged', reason: 'a digest differs' } as const;

/** A lease that a run holds. */
export const LEASE: Lease = { holder: 'r1', uid: 'uid-r1', attempt: 1, since: TIME };

/** The facts of an idle canonical with an intact known-good `g1`. */
export function canonicalFacts(overrides: Partial<CanonicalFacts> = {}): CanonicalFacts {
  return {
    journal: canonicalJournal({ verified: INTACT }),
    session: 'this',
    runningMs: 0,
    resyncMs: 600_000,
    rejection: undefined,
    inForce: true,
    noted: true,
    claimed: true,
    deletion: 'None',
    deletionStartedRunningMs: 0,
    dataRetentionMs: 1_000_000,
    retain: false,
    suspended: false,
    seedPolicy: 'Auto',
    knownGood: { state: 'Present', id: 'g1' },
    volumes: { state: 'Clean', generation: 'g1' },
    volumesPresent: true,
    leavings: 'None',
    trash: false,
    prepared: 'Sealed',
    looks: [],
    neverGood: false,
    lease: undefined,
    leaseHolderAlive: false,
    seedHash: 'abcd1234',
    seedRunning: false,
    ...overrides,
  };
}

/** The manifest of generation `g1`. */
export function manifest(overrides: Partial<Manifest> = {}): Manifest {
  return {
    format: 1,
    id: 'g1',
    createdTime: TIME,
    recipe: 'notes',
    source: '/recipes/notes',
    version: '1.1.0+1.1.0',
    commit: HEAD,
    run: { name: 'r1', uid: 'uid-r1' },
    domain: 'warm-canon-notes.example.org',
    volumes: [{ name: 'data', files: 1, bytes: 4, digest: 'sha256:1', skipped: [] }],
    bytes: 4,
    digest: 'sha256:2',
    ...overrides,
  };
}

/** A canonical as a pass sees it; facts and journal belong together. */
export function canonicalView(
  facts: Partial<CanonicalFacts> = {},
  overrides: Partial<CanonicalView> = {},
): CanonicalView {
  const all = canonicalFacts(facts);
  const object = overrides.object ?? storedCanonical();
  return {
    object,
    spec: object.spec as DefaultedCanonicalSpec,
    journal: all.journal,
    domain: 'warm-canon-notes.example.org',
    home: new AppHome('/nowhere', 'warm-canon-notes.example.org'),
    knownGood: new KnownGoodStore({ directory: '/nowhere' }),
    manifest: all.knownGood.state === 'Present' ? manifest({ id: all.knownGood.id }) : undefined,
    ...overrides,
    facts: all,
  };
}
