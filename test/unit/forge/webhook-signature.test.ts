import { expect } from 'chai';
import fc from 'fast-check';
import { isSigned, webhookSignatureOf } from '../../../lib/forge/webhook-signature.ts';

describe('signatures of deliveries', () => {
  it('are the HMAC-SHA256 of the raw body', () => {
    // RFC 4231, test case 2.
    expect(webhookSignatureOf(Buffer.from('what do ya want for nothing?'), 'Jefe')).to.equal(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('fit the body and the secret, and no other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.string({ minLength: 1 }), fc.nat(), (body, secret, at) => {
        const signature = webhookSignatureOf(body, secret);
        expect(isSigned(body, signature, secret)).to.equal(true);
        expect(isSigned(body, signature, `${secret}x`)).to.equal(false);
        const other = Uint8Array.from(body, (byte, index) => (index === at % body.length ? byte ^ 1 : byte));
        expect(isSigned(other, signature, secret)).to.equal(false);
      }),
    );
  });

  it('are not what is missing, short, no hex, or made with an empty secret', () => {
    const body = Buffer.from('x');
    for (const signature of [undefined, '', 'ab', 'z'.repeat(64), webhookSignatureOf(body, 'k').slice(1)])
      expect(isSigned(body, signature, 'k')).to.equal(false);
    expect(isSigned(body, webhookSignatureOf(body, ''), '')).to.equal(false);
  });
});
