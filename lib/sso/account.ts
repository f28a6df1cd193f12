import { randomBytes } from 'node:crypto';
import type { SsoClaim, SsoCredentials } from './provider.ts';
import { webUrl } from './site-exchange.ts';

const SECRET_BYTES = 24;

/** A secret of 192 random bits, of characters that need no quoting anywhere. */
export function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Who signs in where: new secrets for a claim. Names follow from the claim. */
export function draftCredentials(
  { realm }: SsoClaim,
  provider: { url: string; issuer: string },
  secret: () => string,
): SsoCredentials {
  return { ...provider, realm, clientId: realm, clientSecret: secret(), user: `user-${realm}`, password: secret() };
}

/** Of the user; nothing is ever sent there (RFC 2606). Pure. */
export function mailOf(user: string): string {
  return `${user}@example.org`;
}

/** Where a sign-in may lead back to; a `*` at the end stands for whatever follows. Pure. @throws CcError `Misconfigured`. */
export function returnsTo({ appUrl, realm }: SsoClaim): { origin: string; redirectUris: string[] } {
  const { origin, pathname } = webUrl(`the URL of the app that realm ${realm} is for`, appUrl);
  const place = `${origin}${pathname.replace(/\/+$/, '')}`;
  return { origin, redirectUris: [place, `${place}/*`] };
}
