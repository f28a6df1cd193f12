import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { type OnHangup, onStopSignals } from '../../../controllers/stop-signals.ts';

function heard(onHangup: OnHangup, signals: readonly string[]): string[] {
  const source = new EventEmitter();
  const calls: string[] = [];
  onStopSignals({
    source,
    onHangup,
    first: (signal) => calls.push(`stop ${signal}`),
    again: (signal) => calls.push(`end ${signal}`),
  });
  for (const signal of signals) source.emit(signal, signal);
  return calls;
}

describe('T103 signals that stop the controller', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    it(`${signal} asks for a graceful stop, any second one for the end`, () => {
      expect(heard('Stop', [signal])).to.deep.equal([`stop ${signal}`]);
      expect(heard('Stop', [signal, 'SIGHUP'])).to.deep.equal([`stop ${signal}`, 'end SIGHUP']);
      expect(heard('Stop', ['SIGHUP', signal])).to.deep.equal(['stop SIGHUP', `end ${signal}`]);
    });
  }

  it('an ignored SIGHUP is no signal, neither the first nor the second', () => {
    expect(heard('Ignore', ['SIGHUP', 'SIGHUP'])).to.deep.equal([]);
    expect(heard('Ignore', ['SIGHUP', 'SIGTERM', 'SIGHUP'])).to.deep.equal(['stop SIGTERM']);
  });
});
