import type {
  DefaultedCanonicalSpec,
  DefaultedRunSpec,
  DefaultedSweepSpec,
  DefaultedWarmServiceSpec,
} from './generated/defaulted.ts';
import type { CanonicalSpec, Metadata, RunSpec, SweepSpec, WarmServiceSpec } from './generated/types.ts';
import type { Kind } from './kinds.ts';

interface KindTypes {
  WarmService: { spec: WarmServiceSpec; defaulted: DefaultedWarmServiceSpec };
  Canonical: { spec: CanonicalSpec; defaulted: DefaultedCanonicalSpec };
  Run: { spec: RunSpec; defaulted: DefaultedRunSpec };
  Sweep: { spec: SweepSpec; defaulted: DefaultedSweepSpec };
}

/** The spec of a kind as people write it: fields with a default may be absent. */
export type SpecOf<K extends Kind> = KindTypes[K]['spec'];

/** The spec of a kind with every default filled in. */
export type DefaultedSpecOf<K extends Kind> = KindTypes[K]['defaulted'];

/** The part of the metadata that people write. */
export type SpecMetadata = Pick<Metadata, 'name' | 'labels' | 'annotations'>;
