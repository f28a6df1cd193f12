import { expect } from 'chai';
import { type Answer, canaryEvidence, canaryToken } from '../../../lib/canary/canary.ts';
import { answerOf } from '../../../lib/canary/client-store.ts';
import type { ExecResult } from '../../../lib/platform/platform.ts';

const TOKEN = canaryToken('a'.repeat(32));
const OTHER = canaryToken('b'.repeat(32));

const ended = (more: Partial<ExecResult>): ExecResult => {
  return { exitCode: 0, stdout: '', stderr: '', outcome: 'Exited', ...more };
};

describe('what a client of a store says', () => {
  const ROWS: readonly [string, Partial<ExecResult>, Answer['state']][] = [
    ['the token on a line of its own', { stdout: `NOTICE: x\n${TOKEN}\r\n` }, 'Found'],
    ['the token within a line, as in an echo of the statement', { stdout: `VALUES ('${TOKEN}')` }, 'Absent'],
    ['another token', { stdout: OTHER }, 'Absent'],
    ['nothing', {}, 'Absent'],
    ['the token and a failure', { stdout: TOKEN, exitCode: 11 }, 'Refused'],
    ['no answer now', { exitCode: 10, stderr: 'starting up' }, 'Silent'],
    ['no shell or no client', { exitCode: 127 }, 'Refused'],
    ['a cache', { exitCode: 13 }, 'NotKept'],
    ['the end of its time, with the token', { outcome: 'TimedOut', stdout: TOKEN, exitCode: 137 }, 'Silent'],
    ['killed', { exitCode: 137 }, 'Refused'],
  ];
  for (const [why, result, state] of ROWS) {
    it(why, () => expect(answerOf(ended(result), TOKEN).state).to.equal(state));
  }

  it('any token counts where it was to be removed', () => {
    expect(answerOf(ended({ stdout: OTHER }), undefined).state).to.equal('Found');
    expect(answerOf(ended({ stdout: 'cc_ci_canary\n' }), undefined).state).to.equal('Absent');
  });

  it('T69 is kept short, however much it prints', () => {
    const { why } = answerOf(ended({ exitCode: 11, stderr: `${'x'.repeat(1_000_000)}\n` }), TOKEN);
    expect(why.length).to.be.lessThan(400);
  });

  it('that was cut off is no answer', () => {
    expect(() => answerOf(ended({ outcome: 'Aborted' }), TOKEN))
      .to.throw()
      .with.property('code', 'Aborted');
  });
});

describe('the evidence of canaries', () => {
  it('names each store once, in order', () => {
    const store = { backedUp: true, volume: 'data' };
    const stores = [
      { ...store, kind: 'postgres', service: 'db' },
      { ...store, kind: 'files', service: 'app', path: 'a' },
      { ...store, kind: 'files', service: 'app', path: 'b' },
    ] as const;
    expect(canaryEvidence(stores)).to.equal('Canary(files:app, postgres:db)');
    expect(canaryEvidence([])).to.equal(undefined);
  });
});
