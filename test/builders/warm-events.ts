import type { EventRecord } from '../../lib/events/event.ts';
import { readEvents } from '../../lib/store/reader.ts';

/** More than any of these tests has. */
const ALL = 1_000;

/** What happened to a warm service, oldest first. */
export function warmEvents(stateDirectory: string, name: string): Promise<EventRecord[]> {
  return readEvents({ stateDirectory, limit: ALL }, { kind: 'WarmService', name });
}

/** What was seen of others, in the words of its events. */
export async function driftsOf(stateDirectory: string, name: string): Promise<string[]> {
  const events = await warmEvents(stateDirectory, name);
  return events.filter(({ reason }) => reason === 'Drifted').map(({ message }) => message);
}
