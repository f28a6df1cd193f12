import { CcError } from '../lib/errors.ts';
import type { PlatformKind } from '../lib/platform/platform.ts';

/** What a look for something gave: `value`, or why there is none. */
export type Probe<Value> = { found: true; value: Value } | { found: false; error: Error };

/** What a choice is made from. */
export interface ChoiceFacts {
  configured: PlatformKind | 'Auto';
  /** The platform of the first start; absent: this is the first one. */
  bound?: PlatformKind;
}

export interface ProbedFacts extends ChoiceFacts {
  /** Where the engine was looked for. */
  socket: string;
  /** Id of the swarm that a manager there answers for. */
  swarm?: Probe<string>;
  /** Version of the abra that answers. */
  abra?: Probe<string>;
}

/** Which of them have to be looked for: an instance that is bound to processes asks nobody. Pure. */
export function neededProbes(facts: ChoiceFacts): { swarm: boolean; abra: boolean } {
  const wanted = wantedKind(facts);
  return { swarm: wanted !== 'Process', abra: wanted === 'Abra' || wanted === 'Auto' };
}

export interface PlatformChoice {
  kind: PlatformKind;
  /** The swarm; the process platform has no engine of its own. */
  engineId?: string;
  /** For people: what was found, where nothing was asked for. */
  because?: string;
}

/**
 * The platform to run on: the one that was asked for, else the one of the first start, else Abra where abra and a swarm
 * manager answer, Swarm where a manager answers, Process. Pure.
 * @throws CcError `Unreachable`, `NotFound` or `Unsupported` where the one that must be taken does not answer.
 */
export function choosePlatform(facts: ProbedFacts): PlatformChoice {
  const wanted = wantedKind(facts);
  if (wanted === 'Auto') return chooseFreely(facts);
  if (wanted === 'Process') return { kind: 'Process' };
  const { swarm, abra } = facts;
  if (!swarm?.found) throw silentEngine(facts, wanted, swarm?.error);
  if (wanted === 'Abra' && !abra?.found) throw silentAbra(facts, abra?.error);
  return { kind: wanted, engineId: swarm.value };
}

function wantedKind({ configured, bound }: ChoiceFacts): PlatformKind | 'Auto' {
  return configured === 'Auto' ? (bound ?? 'Auto') : configured;
}

function chooseFreely({ swarm, abra, socket }: ProbedFacts): PlatformChoice {
  if (!swarm?.found) return { kind: 'Process', because: `no swarm manager answers at ${socket}` };
  const engineId = swarm.value;
  if (abra?.found) return { kind: 'Abra', engineId, because: `abra ${abra.value} and a swarm manager answer` };
  return { kind: 'Swarm', engineId, because: `a swarm manager answers at ${socket}, and no abra` };
}

function silentEngine({ bound, socket }: ProbedFacts, kind: PlatformKind, cause: unknown): CcError {
  const remedy =
    bound === undefined
      ? 'Start the engine, set swarm.socket to its socket, or use --platform process.'
      : 'Start the engine that this state directory belongs to; nothing was changed meanwhile.';
  return new CcError('Unreachable', `platform ${kind}: no swarm manager answers at ${socket}`, { cause, remedy });
}

function silentAbra({ bound }: ProbedFacts, cause: unknown): CcError {
  const other = bound === undefined ? ', or use --platform swarm' : '';
  const code = cause instanceof CcError ? cause.code : 'NotFound';
  const remedy = `Install it, or set abra.binary to its path${other}.`;
  return new CcError(code, 'platform Abra: abra does not answer', { cause, remedy });
}
