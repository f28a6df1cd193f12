import type { Kind } from '../../lib/api/kinds.ts';
import type { DefaultedSpecOf } from '../../lib/api/object.ts';
import { withDefaults } from '../../lib/store/spec-codec.ts';
import type { StoredObject } from '../../lib/store/store.ts';

/** A time for all builders. */
export const TIME = '2030-01-01T00:00:00.000Z';

function stored(kind: Kind, spec: unknown, overrides: Partial<StoredObject>): StoredObject {
  const name = overrides.name ?? 'notes';
  return {
    kind,
    name,
    uid: `uid-${name}`,
    path: `/specs/${name}.yaml`,
    source: 'Specs',
    labels: {},
    annotations: {},
    ownerReferences: [],
    creationTimestamp: TIME,
    generation: 1,
    validGeneration: 1,
    digest: 'd1',
    fileDigest: 'f1',
    spec,
    notes: [],
    requests: [],
    suspended: false,
    ...overrides,
  };
}

/** A Run with every default, of the recipe `notes`. */
export function storedRun(
  overrides: Partial<StoredObject> = {},
  spec: Partial<DefaultedSpecOf<'Run'>> = {},
): StoredObject {
  return stored('Run', { ...withDefaults('Run', { recipe: 'notes' }), ...spec }, overrides);
}

/** A Canonical with every default, of the recipe `notes`; `spec` is laid over it. */
export function storedCanonical(
  overrides: Partial<StoredObject> = {},
  spec: Partial<DefaultedSpecOf<'Canonical'>> = {},
): StoredObject {
  return stored('Canonical', { ...withDefaults('Canonical', { app: { recipe: 'notes' } }), ...spec }, overrides);
}

/** A WarmService with every default, of the recipe `shop`; `spec` is laid over it. */
export function storedWarmService(
  overrides: Partial<StoredObject> = {},
  spec: Partial<DefaultedSpecOf<'WarmService'>> = {},
): StoredObject {
  return stored('WarmService', { ...withDefaults('WarmService', { app: { recipe: 'shop' } }), ...spec }, overrides);
}

/** A Sweep with every default; `spec` is laid over it. */
export function storedSweep(
  overrides: Partial<StoredObject> = {},
  spec: Partial<DefaultedSpecOf<'Sweep'>> = {},
): StoredObject {
  return stored('Sweep', { ...withDefaults('Sweep', {}), ...spec }, { name: 'weekly', ...overrides });
}

/** A Canonical whose spec was accepted as it is. */
export function enrolledCanonical(overrides: Partial<StoredObject> = {}): StoredObject {
  const object = storedCanonical(overrides);
  return { ...object, accepted: { spec: object.spec, digest: object.digest, generation: object.validGeneration } };
}

/** Any of them, with whatever spec. */
export function storedObject(kind: Kind, overrides: Partial<StoredObject>): StoredObject {
  return stored(kind, overrides.spec, overrides);
}
