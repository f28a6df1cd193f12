/** Signals that ask the controller to stop; SIGHUP comes when its terminal is closed. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Whether a closed terminal stops the controller, or is ignored, as for what `nohup` started. */
export type OnHangup = 'Stop' | 'Ignore';

export interface StopSignalsOptions {
  /** Where the signals arrive: the process. */
  source: Pick<NodeJS.EventEmitter, 'on'>;
  onHangup: OnHangup;
  /** Called for the first signal. */
  first(signal: string): void;
  /** Called for every later one: whoever asks twice wants the end at once. */
  again(signal: string): void;
}

/** Listens for as long as the process lives. An ignored SIGHUP is caught and counts as no signal. */
export function onStopSignals({ source, onHangup, first, again }: StopSignalsOptions): void {
  let asked = false;
  for (const signal of STOP_SIGNALS) {
    source.on(signal, () => {
      if (signal === 'SIGHUP' && onHangup === 'Ignore') return;
      if (asked) return again(signal);
      asked = true;
      first(signal);
    });
  }
}
