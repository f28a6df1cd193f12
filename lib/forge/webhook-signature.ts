import { createHmac, timingSafeEqual } from 'node:crypto';

/** Headers with the signature; Forgejo sends both. */
export const SIGNATURE_HEADERS = ['x-gitea-signature', 'x-forgejo-signature'] as const;

/** The signature of a delivery: HMAC-SHA256 of the raw body, hex in lower case. Pure. */
export function webhookSignatureOf(body: Uint8Array, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** Whether the body was signed with the secret; compares in constant time. An empty secret signs nothing. Pure. */
export function isSigned(body: Uint8Array, signature: string | undefined, secret: string): boolean {
  if (secret === '' || signature === undefined || !/^[0-9a-f]{64}$/i.test(signature)) return false;
  const expected = Buffer.from(webhookSignatureOf(body, secret), 'hex');
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}
