import type {
  DefaultedCanonicalSpec,
  DefaultedRunSpec,
  DefaultedSweepSpec,
  DefaultedWarmServiceSpec,
} from './generated/defaulted.ts';
import type {
  CanonicalSpec,
  CanonicalStatus,
  Metadata,
  RunSpec,
  RunStatus,
  SweepSpec,
  SweepStatus,
  WarmServiceSpec,
  WarmServiceStatus,
} from './generated/types.ts';
import type { API_VERSION, Kind } from './kinds.ts';

interface KindTypes {
  WarmService: { spec: WarmServiceSpec; defaulted: DefaultedWarmServiceSpec; status: WarmServiceStatus };
  Canonical: { spec: CanonicalSpec; defaulted: DefaultedCanonicalSpec; status: CanonicalStatus };
  Run: { spec: RunSpec; defaulted: DefaultedRunSpec; status: RunStatus };
  Sweep: { spec: SweepSpec; defaulted: DefaultedSweepSpec; status: SweepStatus };
}

/** The spec of a kind as people write it: fields with a default may be absent. */
export type SpecOf<K extends Kind> = KindTypes[K]['spec'];

/** The spec of a kind with every default filled in. */
export type DefaultedSpecOf<K extends Kind> = KindTypes[K]['defaulted'];

/** The status of a kind. */
export type StatusOf<K extends Kind> = KindTypes[K]['status'];

/** The part of the metadata that people write. */
export type SpecMetadata = Pick<Metadata, 'name' | 'labels' | 'annotations'>;

/** Metadata of an object that the controller knows: what it keeps is present. Times are RFC 3339. */
export type ObjectMetadata = Metadata & Required<Pick<Metadata, 'uid' | 'generation' | 'creationTimestamp'>>;

/** A whole object as `ccctl get -o yaml` shows it; `status` is absent before the first pass. */
export interface ApiObject<K extends Kind = Kind> {
  apiVersion: typeof API_VERSION;
  kind: K;
  metadata: ObjectMetadata;
  spec: SpecOf<K>;
  status?: StatusOf<K>;
}

/** Content of a status file (`<spec file>.status.yaml`). */
export interface StatusFile<K extends Kind = Kind> {
  apiVersion: typeof API_VERSION;
  kind: K;
  metadata: Pick<ObjectMetadata, 'name' | 'uid' | 'generation'>;
  status: StatusOf<K>;
}
