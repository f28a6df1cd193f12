import { join } from 'node:path';
import type { WarmServiceJournal } from '../../controllers/warm-service/journal.ts';
import {
  WARM_OPERATIONS,
  type WarmBackStep,
  type WarmOperationType,
  type WarmStep,
} from '../../controllers/warm-service/operations.ts';
import type { WarmServiceAction, WarmServiceFacts } from '../../controllers/warm-service/plan.ts';
import { readJson } from '../../lib/fs/durable.ts';
import { readDecisions } from '../../lib/store/reader.ts';
import type { WarmServiceBench } from './warm-service-bench.ts';

/** A place in an operation: `At` a step as soon as it was decided upon, or `After` it was journaled. */
export interface Place {
  operation: WarmOperationType;
  step: WarmStep | WarmBackStep;
  when: 'At' | 'After';
}

export const nameOf = ({ operation, step, when }: Place): string => `${when.toLowerCase()} ${operation} ${step}`;

/** Each step of an operation that ends well, at and after it; after the last one nothing is left of it. Pure. */
export function placesOf(operation: WarmOperationType): Place[] {
  return WARM_OPERATIONS[operation].steps.flatMap((step) => bothOf(operation, step));
}

/** Each step of an operation that fails in the wait for health, and of its way back. Pure. */
export function placesOfFailing(operation: WarmOperationType): Place[] {
  const { steps, back } = WARM_OPERATIONS[operation];
  const health = steps.indexOf('AwaitHealth');
  const before = steps.slice(0, health).flatMap((step) => bothOf(operation, step));
  return [
    ...before,
    { operation, step: 'AwaitHealth', when: 'At' },
    ...back.flatMap((step) => bothOf(operation, step)),
  ];
}

function bothOf(operation: WarmOperationType, step: Place['step']): Place[] {
  return [
    { operation, step, when: 'At' },
    { operation, step, when: 'After' },
  ];
}

/**
 * Resolves when an operation to that version, or back from it, is at the place or past it: what is polled for may be over
 * between two looks.
 */
export async function reached(warm: WarmServiceBench, version: string, place: Place): Promise<void> {
  const path = join(warm.bench.state, 'objects/WarmService', warm.name, 'journal.json');
  const look = async (): Promise<boolean> => {
    const journal = await readJson<WarmServiceJournal>(path);
    return isPast(journal, version, place) || (place.when === 'At' && (await isDecided(warm, version, place)));
  };
  await warm.bench.waitFor(nameOf(place), look, { timeoutMs: 300_000, everyMs: 2 });
}

/** Its step is journaled, another operation on the same version follows, or the version is in the history. Pure. */
function isPast(journal: WarmServiceJournal | undefined, version: string, place: Place): boolean {
  const { operation, history = [] } = journal ?? {};
  if (history[0]?.version === version) return true;
  if (operation === undefined || !isOn(operation, version)) return false;
  if (operation.type !== place.operation) return operation.type === 'RollBack';
  const { done, undone } = operation.steps;
  return [...done, ...undone].some((step) => step === place.step);
}

async function isDecided(warm: WarmServiceBench, version: string, { operation, step }: Place): Promise<boolean> {
  const { bench, name } = warm;
  const decisions = await readDecisions({ stateDirectory: bench.state, limit: 8 }, { kind: 'WarmService', name });
  return decisions.some(({ inputs, action }) => {
    const of = (inputs as WarmServiceFacts).journal.operation;
    const chosen = action as WarmServiceAction;
    if (of?.type !== operation || !isOn(of, version) || chosen.type !== 'Operate') return false;
    return (chosen.next.next === 'Step' || chosen.next.next === 'Undo') && chosen.next.step === step;
  });
}

function isOn({ to, from }: NonNullable<WarmServiceJournal['operation']>, version: string): boolean {
  return to.version === version || from?.version === version;
}
