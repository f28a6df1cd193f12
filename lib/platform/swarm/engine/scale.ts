import { hasCode } from '../../../errors.ts';
import { enginePath } from './path.ts';
import { readMode } from './service.ts';
import type { EngineTransport } from './transport.ts';
import { type ApiObject, fieldOf, numberOf, objectOf, optionalNumber } from './values.ts';

/** No node has this id, so no task of the service can be placed. */
const NOWHERE = 'node.id==cc-ci-stopped';
const TRIES = 3;

/**
 * Sets the wanted tasks of a service. Idempotent: nothing is sent where nothing changes. Jobs are left alone.
 * @throws CcError `NotFound`; `Conflict` when somebody else changed the service each of three times.
 */
export async function scaleService(
  transport: EngineTransport,
  { id, replicas }: { id: string; replicas: number },
  signal: AbortSignal,
): Promise<void> {
  await updateService(transport, { id, specOf: (spec) => scaledSpec(spec, replicas) }, signal);
}

/** Sends the spec as it is. @throws CcError as {@link scaleService}. */
export async function nudgeService(transport: EngineTransport, id: string, signal: AbortSignal): Promise<void> {
  await updateService(transport, { id, specOf: (spec) => spec }, signal);
}

interface ServiceUpdate {
  id: string;
  /** The spec to send for the one that is there; undefined: none. */
  specOf: (spec: ApiObject) => ApiObject | undefined;
}

async function updateService(transport: EngineTransport, wanted: ServiceUpdate, signal: AbortSignal): Promise<void> {
  const { id, specOf } = wanted;
  for (let tries = 1; ; tries += 1) {
    const service = await transport.json({ method: 'GET', path: enginePath`/services/${id}` }, objectOf, signal);
    const spec = specOf(objectOf(service.Spec));
    if (spec === undefined) return;
    const version = numberOf(fieldOf(service, 'Version', 'Index'));
    const update = {
      method: 'POST',
      path: enginePath`/services/${id}/update`,
      query: { version },
      body: spec,
    } as const;
    try {
      await transport.send(update, signal);
      return;
    } catch (error) {
      if (!hasCode(error, 'Conflict') || tries === TRIES) throw error;
    }
  }
}

/** The spec with other wanted tasks; undefined where it has them already. Pure. @throws TypeError */
export function scaledSpec(spec: ApiObject, replicas: number): ApiObject | undefined {
  switch (readMode(spec)) {
    case 'Replicated':
      return scaleReplicated(spec, replicas);
    case 'Global':
      return placeGlobal(spec, replicas);
    case 'ReplicatedJob':
    case 'GlobalJob':
      return undefined;
  }
}

function scaleReplicated(spec: ApiObject, replicas: number): ApiObject | undefined {
  const before = objectOf(fieldOf(spec, 'Mode', 'Replicated'));
  if ((optionalNumber(before.Replicas) ?? 1) === replicas) return undefined;
  return { ...spec, Mode: { Replicated: { ...before, Replicas: replicas } } };
}

function placeGlobal(spec: ApiObject, replicas: number): ApiObject | undefined {
  const template = objectOf(spec.TaskTemplate);
  const placement = objectOf(template.Placement);
  const before = Array.isArray(placement.Constraints) ? (placement.Constraints as readonly unknown[]) : [];
  if (before.includes(NOWHERE) === (replicas === 0)) return undefined;
  const others = before.filter((constraint) => constraint !== NOWHERE);
  const constraints = replicas === 0 ? [...others, NOWHERE] : others;
  return { ...spec, TaskTemplate: { ...template, Placement: { ...placement, Constraints: constraints } } };
}
