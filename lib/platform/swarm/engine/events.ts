import { EventEmitter } from 'node:events';
import { explainError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import { readLines } from './body.ts';
import { type EngineEvent, STACK_LABEL } from './engine.ts';
import type { ExecSurroundings } from './exec.ts';
import type { EngineTransport } from './transport.ts';
import { type ApiObject, fieldOf, labelsOf, objectOf, optionalText } from './values.ts';

/** Between two tries to connect: doubled each time up to the most, back to the first once events came. */
const RETRY_MS = { first: 200, most: 10_000 };
const EVENTS = { method: 'GET', path: '/events', query: { filters: { type: ['service', 'container'] } } } as const;

/**
 * Follows the engine's events until the signal trips, connecting again when the stream ends. Events of the time between
 * are lost. Never rejects; a line that is no event is passed over.
 */
export async function followEvents(
  { transport, clock, log }: ExecSurroundings,
  onEvent: (event: EngineEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let waitMs = RETRY_MS.first;
  const onOpen = (): void => {
    waitMs = RETRY_MS.first;
  };
  while (!signal.aborted) {
    try {
      await readEvents(transport, { onEvent, onOpen, log }, signal);
      log.info('the event stream of the Docker engine ended; connecting again');
    } catch (error) {
      if (signal.aborted) return;
      log.warn('no events from the Docker engine', { reason: explainError(error), retryMs: waitMs });
    }
    await clock.sleep(waitMs, signal).catch(() => {});
    waitMs = Math.min(2 * waitMs, RETRY_MS.most);
  }
}

interface EventSink {
  onEvent: (event: EngineEvent) => void;
  onOpen: () => void;
  log: Log;
}

/** One connection, to its end. */
async function readEvents(transport: EngineTransport, sink: EventSink, signal: AbortSignal): Promise<void> {
  const { onEvent, onOpen, log } = sink;
  const stream = await transport.limited('GET /events', { signal }, (stop) => transport.open(EVENTS, stop));
  const watch = EventEmitter.addAbortListener(signal, () => void stream.destroy());
  try {
    onOpen();
    for await (const line of readLines(stream)) {
      const event = parseEvent(line);
      if (event !== undefined) tell(onEvent, event, log);
    }
  } finally {
    watch[Symbol.dispose]();
    stream.destroy();
  }
}

function tell(onEvent: (event: EngineEvent) => void, event: EngineEvent, log: Log): void {
  try {
    onEvent(event);
  } catch (error) {
    log.error('an event of the Docker engine was not taken', { reason: explainError(error) });
  }
}

/** One line of `GET /events`; undefined for what is of no interest: other types, and the commands of health checks. */
export function parseEvent(line: string): EngineEvent | undefined {
  try {
    return readEvent(objectOf(JSON.parse(line)));
  } catch {
    return undefined;
  }
}

function readEvent(event: ApiObject): EngineEvent | undefined {
  const { Type: type, Action: action } = event;
  if ((type !== 'service' && type !== 'container') || typeof action !== 'string') return undefined;
  if (/^exec_/.test(action)) return undefined;
  const attributes = labelsOf(fieldOf(event, 'Actor', 'Attributes'));
  const stack = optionalText(attributes[STACK_LABEL]);
  const service = attributes[type === 'service' ? 'name' : 'com.docker.swarm.service.name'] ?? '';
  return { type, action, service, ...(stack === undefined ? {} : { stack }) };
}
