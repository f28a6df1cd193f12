import type { ProviderApp } from '../sso/provider-app.ts';
import type { Claim } from '../store/store.ts';

/** A recipe and where it comes from: names a mirror. */
export interface NamedSource {
  recipe: string;
  source: string;
}

/** What objects of a kind need, though they do not use it now. */
export interface NamedThings {
  sources: readonly NamedSource[];
  /** References of images. */
  images: readonly string[];
}

/** Artifacts that a kind keeps of an object that is over. */
export interface KeptArtifacts {
  uid: string;
  name: string;
  /** Absolute. */
  directory: string;
  /** Reading of the running-time counter at the end. */
  endedRunningMs: number;
}

/** Data that goes by itself once its retention is over. */
export interface LeavingData {
  id: string;
  /** For people. */
  what: string;
  leftMs: number;
}

/**
 * What objects of a kind have outside of their records, as the kind itself knows it: for the janitor, which knows no kind.
 * Writes nothing but by `expire`. All throw what keeps an object from being read; the janitor then lets all of that stay.
 */
export interface KindHoldings {
  /** Whether the owner's own journal proves that what was claimed there is nobody's any more; absent: never. */
  isOver?(claim: Claim): Promise<boolean>;
  /** Absent: nothing. */
  named?(): Promise<NamedThings>;
  artifacts?(): Promise<KeptArtifacts[]>;
  /** Has the worker of the object remove its artifacts before their time; resolves once they are gone. Idempotent. */
  expire?(uid: string, signal: AbortSignal): Promise<void>;
  leaving?(): Promise<LeavingData[]>;
  /** Sign-on providers of the kind that are at rest. */
  providers?(): Promise<HeldProvider[]>;
  /** How the owner of a realm stands; absent: unknown. */
  realmStanding?(realm: { realm: string; run: string; attempt: number }): Promise<RealmStanding>;
}

/** A sign-on provider that an object runs. */
export interface HeldProvider {
  /** Name of the object. */
  service: string;
  app: ProviderApp;
}

/** `Over`: proven by the owner's journal. `Gone`: there is no such owner. `Unknown`: nobody can tell. */
export type RealmStanding = 'Over' | 'Open' | 'Gone' | 'Unknown';
