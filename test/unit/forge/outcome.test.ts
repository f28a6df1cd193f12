import { expect } from 'chai';
import { ForgeFault, type ForgeFaultReason } from '../../../lib/forge/forge.ts';
import type { Message } from '../../../lib/forge/outbox.ts';
import { failureOf } from '../../../lib/forge/outcome.ts';

const answer: Message = { kind: 'Answer', pull: 1, body: 'x' };
const reaction: Message = { kind: 'Reaction', pull: 1, comment: 3, reaction: 'eyes' };
const fault = (reason: ForgeFaultReason, retryAfterMs?: number): ForgeFault =>
  new ForgeFault(reason, reason, retryAfterMs === undefined ? {} : { retryAfterMs });

describe('what becomes of a message that was not delivered', () => {
  it('is waited for while the forge, the way or the token is at fault', () => {
    for (const reason of ['Unreachable', 'Unauthorised'] as const)
      expect(failureOf(fault(reason), answer, 99)).to.deep.equal({ next: 'Later' });
    expect(failureOf(fault('TooMany', 7_000), answer, 1)).to.deep.equal({ next: 'Later', afterMs: 7_000 });
  });

  it('is tried again, slowly, while the token lacks a scope; a reaction is let go', () => {
    expect(failureOf(fault('MissingScope'), answer, 99)).to.deep.equal({ next: 'Again', afterMs: 300_000 });
    expect(failureOf(fault('MissingScope'), reaction, 1)).to.deep.equal({ next: 'End' });
  });

  it('is given up after six tries at which only it failed', () => {
    expect(failureOf(fault('ServerFault'), answer, 5)).to.deep.equal({ next: 'Again' });
    expect(failureOf(fault('ServerFault'), answer, 6)).to.deep.equal({ next: 'End' });
  });

  it('is given up at once where it is refused, or has nowhere to go', () => {
    for (const reason of ['NotFound', 'Refused'] as const)
      expect(failureOf(fault(reason), answer, 1)).to.deep.equal({ next: 'End' });
  });
});
