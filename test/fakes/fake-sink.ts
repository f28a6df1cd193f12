import type { Alert } from '../../lib/alerts/alert.ts';
import type { Sink } from '../../lib/alerts/sink.ts';
import { CcError } from '../../lib/errors.ts';

/** What a {@link FakeSink} does with an alert. `Hang`: nothing, until the signal. */
export type SinkAct = 'Take' | 'Refuse' | 'Hang';

/** A sink that does as it is told. */
export class FakeSink implements Sink {
  readonly key: string;
  readonly name: string;
  /** Ids of all deliveries that were begun, in order. */
  readonly calls: string[] = [];
  /** Of those that were taken. */
  readonly taken: Alert[] = [];
  act: (alert: Alert) => SinkAct = () => 'Take';

  constructor(key: string) {
    this.key = key;
    this.name = `sink ${key}`;
  }

  async deliver(alert: Alert, signal: AbortSignal): Promise<void> {
    this.calls.push(alert.id);
    const act = this.act(alert);
    if (act === 'Refuse') throw new CcError('Unreachable', `${this.name} answered 500`);
    if (act === 'Hang') {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      throw new CcError('Aborted', 'a delivery was interrupted');
    }
    this.taken.push(alert);
  }

  takenIds(): string[] {
    return this.taken.map(({ id }) => id);
  }
}
