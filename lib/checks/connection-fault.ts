import { systemCode } from '../errors.ts';

const PLAIN: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed without a complete answer',
  ENOTFOUND: 'name not found',
  EAI_AGAIN: 'name not found for the moment',
};

/** What OpenSSL says of a certificate whose authority is not trusted (`man X509_STORE_CTX_get_error`). */
const UNTRUSTED: readonly string[] = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
];

/** Why a connection gave no answer, and what to set where the configuration can help; one line, for people. Pure. */
export function explainConnection(error: unknown, url: URL): string {
  const code = systemCode(error) ?? '';
  const known = PLAIN[code];
  if (known !== undefined) return known;
  if (UNTRUSTED.includes(code)) {
    return `the certificate for ${url.hostname} is of an authority that is not trusted (${code}): set swarm.caFile to that authority's certificate`;
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return `the certificate for ${url.hostname} is out of its time (${code})`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate is for other names than ${url.hostname} (${code}): does what answers there serve the app?`;
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return `no TLS connection for ${url.hostname} (${tlsWords(error)}): does what answers there serve that name?`;
  }
  return error instanceof Error ? error.message || code : String(error);
}

/** The reason that OpenSSL gives, without the place in its sources. */
function tlsWords(error: unknown): string {
  const reason = error instanceof Error && 'reason' in error ? error.reason : undefined;
  return typeof reason === 'string' ? reason : (systemCode(error) ?? '');
}
