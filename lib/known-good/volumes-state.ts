import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { readJson, writeJsonDurable } from '../fs/durable.ts';

/**
 * What a canonical's live volumes hold. `Clean`: exactly the generation. `Dirty`: something ran on them; `generation` is
 * what they descend from, absent where they are a fresh install that never became known-good. `Missing`: there are none.
 * `Unknown`: not recorded, or the record is damaged; treat as Dirty.
 */
export type VolumesState =
  | { state: 'Clean'; generation: string }
  | { state: 'Dirty'; generation?: string }
  | { state: 'Missing' }
  | { state: 'Unknown' };

/**
 * The journaled state in `volumes.json` of the canonical's directory; `Unknown` for a bad file.
 * @throws system errors as they are.
 */
export async function readVolumesState(directory: string): Promise<VolumesState> {
  return asVolumesState(await orNothing(readJson<unknown>(join(directory, 'volumes.json')), 'Damaged'));
}

/** Journals the state durably. `Dirty` is journaled before the deploy that makes it so. */
export async function writeVolumesState(directory: string, state: VolumesState): Promise<void> {
  await writeJsonDurable(join(directory, 'volumes.json'), state);
}

function asVolumesState(value: unknown): VolumesState {
  if (typeof value !== 'object' || value === null) return { state: 'Unknown' };
  const { state, generation } = value as Record<string, unknown>;
  const named = typeof generation === 'string' ? { generation } : undefined;
  if (state === 'Clean' && named) return { state, ...named };
  if (state === 'Dirty') return { state, ...named };
  return state === 'Missing' ? { state } : { state: 'Unknown' };
}

/** Stands for the generation of data of which nobody knows where it comes from: not worthless for that. */
const UNKNOWN_ORIGIN = 'unknown';

/** The state once something runs on the volumes as they are; `pointer`: the known-good, if there is one. Pure. */
export function dirtied(state: VolumesState, pointer: string | undefined): VolumesState & { state: 'Dirty' } {
  if (state.state === 'Dirty') return state;
  const origin = state.state === 'Missing' && pointer === undefined ? undefined : (pointer ?? UNKNOWN_ORIGIN);
  return origin === undefined ? { state: 'Dirty' } : { state: 'Dirty', generation: origin };
}

/** Whether the volumes hold nothing that was ever known to be good, by our own journal. Pure. */
export function isNobodys(state: VolumesState): boolean {
  return state.state === 'Missing' || (state.state === 'Dirty' && state.generation === undefined);
}
