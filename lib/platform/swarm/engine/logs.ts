import { explainError, hasCode } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { EngineLogLine } from './engine.ts';
import { type OutputFrame, readFrames } from './frames.ts';
import { enginePath } from './path.ts';
import type { EngineTransport } from './transport.ts';

export interface LogRequest {
  serviceId: string;
  tail?: number;
  signal?: AbortSignal;
}

/** An engine can hold a log open while a task has no container yet: what came until then is given, milliseconds. */
const READ_MS = 10_000;
/** Kept characters of one read; the oldest lines go first. */
const LIMIT = 16 * 1024 * 1024;
/** Of one line; a longer one is cut. */
const LINE_LIMIT = 64 * 1024;

/** One message of the engine: `TIME ATTRIBUTES TEXT`, attributes as `key=value,…` (`timestamps` and `details`). */
const MESSAGE = /^(\d{4}-\d\d-\d\dT\S+) (\S*) ?([\s\S]*)$/;

/** In a terminal's output, which has no frames, the head of a message that goes on the line before it. */
const HEAD_WITHIN = /\d{4}-\d\d-\d\dT\S+Z com\.docker\.swarm\.node\.id=\S+,com\.docker\.swarm\.task\.id=\S+ /g;

interface DatedLine extends EngineLogLine {
  /** As the engine wrote it, to the nanosecond: sorts as text. */
  exactly: string;
}

/**
 * The last lines of all tasks of a service, ended ones included, in the order of their time. A service that is gone, and
 * a log driver that cannot be read, give none and a line in our log.
 * @throws CcError `Unreachable` where the engine does not even begin to answer, `Aborted`.
 */
export async function readServiceLogs(
  { transport, log }: { transport: EngineTransport; log: Log },
  request: LogRequest,
): Promise<EngineLogLine[]> {
  const lines = new DatedLines();
  let begun = false;
  const { serviceId, tail, signal } = request;
  const what = `GET /services/${serviceId}/logs`;
  try {
    await transport.limited(what, { signal, deadlineMs: READ_MS }, async (stop) => {
      const stream = await transport.open(logsCall(serviceId, tail), stop);
      begun = true;
      for await (const frame of readFrames(stream)) lines.push(frame);
    });
  } catch (error) {
    const silent = hasCode(error, 'Unreachable') && !begun;
    if (hasCode(error, 'Aborted') || (silent && !(await answers(transport, signal)))) throw error;
    log.warn('a log cannot be read to its end', { service: serviceId, reason: explainError(error) });
  }
  return lines.sorted(tail);
}

/** Engines say by 5xx too that a log driver cannot be read: whether the engine as such is there must be asked. */
async function answers(transport: EngineTransport, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await transport.send({ method: 'GET', path: '/_ping', deadlineMs: 5_000 }, signal);
    return true;
  } catch {
    return false;
  }
}

function logsCall(serviceId: string, tail: number | undefined) {
  const query = { stdout: true, stderr: true, timestamps: true, details: true, tail: tail ?? 'all' };
  return { method: 'GET', path: enginePath`/services/${serviceId}/logs`, query } as const;
}

/** Makes lines of frames: a frame is a message, and one without a line end goes on in the next one of its task and stream. */
class DatedLines {
  readonly #lines: DatedLine[] = [];
  readonly #open = new Map<string, DatedLine>();
  #kept = 0;
  #dropped = 0;

  push({ stream, bytes }: OutputFrame): void {
    // Terminals give several messages in one piece.
    for (const message of bytes.toString('utf8').split(/(?<=\n)/)) this.#pushMessage(message, stream);
  }

  sorted(tail: number | undefined): EngineLogLine[] {
    const lines = this.#lines
      .slice(this.#dropped)
      .toSorted((a, b) => (a.exactly < b.exactly ? -1 : Number(a.exactly > b.exactly)));
    const wanted = tail === undefined ? lines : lines.slice(Math.max(0, lines.length - tail));
    return wanted.map(({ taskId, at, text }) => ({ taskId, at, text }));
  }

  #pushMessage(message: string, stream: OutputFrame['stream']): void {
    const [, exactly, attributes = '', text = ''] = MESSAGE.exec(message) ?? [];
    // What the engine itself says about logs that it cannot get has no time.
    if (exactly === undefined || Number.isNaN(Date.parse(exactly))) return;
    const taskId = /(?:^|,)com\.docker\.swarm\.task\.id=([^,]*)/.exec(attributes)?.[1] ?? '';
    const source = `${stream} ${taskId}`;
    const open = this.#open.get(source);
    const line = open ?? { taskId, at: Date.parse(exactly), exactly, text: '' };
    if (open === undefined) this.#lines.push(line);
    const more = text
      .replace(/\r?\n$/, '')
      .replace(HEAD_WITHIN, '')
      .slice(0, Math.max(0, LINE_LIMIT - line.text.length));
    line.text += more;
    if (text.endsWith('\n')) this.#open.delete(source);
    else this.#open.set(source, line);
    this.#bound(more.length);
  }

  #bound(added: number): void {
    this.#kept += added;
    while (this.#kept > LIMIT && this.#dropped < this.#lines.length - 1) {
      this.#kept -= this.#lines[this.#dropped]?.text.length ?? 0;
      this.#lines[this.#dropped] = { taskId: '', at: 0, exactly: '', text: '' };
      this.#dropped += 1;
    }
  }
}
