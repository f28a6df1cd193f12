import { CcError, systemCode } from '../errors.ts';

/** Nobody accepted a connection in time: whatever is asked was not even reached. */
export class NotConnected extends CcError {
  constructor(timeoutMs: number) {
    super('DeadlineExceeded', `no connection within ${timeoutMs} ms`);
  }
}

/** On the way to whatever serves a URL: its name, somebody who accepts connections there, a certificate for the name. */
export type ConnectionFault = 'Name' | 'Listener' | 'Certificate';

const NAME: readonly string[] = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME', 'EAI_FAIL'];
const LISTENER: readonly string[] = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'ETIMEDOUT',
];
const OUT_OF_TIME: readonly string[] = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

const PLAIN: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no way to that host',
  ENETUNREACH: 'no way to that network',
  HPE_HEADER_OVERFLOW: 'the answer has headers of more than 256 KiB',
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

/** What kept a request from reaching anything; undefined: something was reached, or it cannot be told. Pure. */
export function connectionFault(error: unknown): ConnectionFault | undefined {
  if (error instanceof NotConnected) return 'Listener';
  const code = systemCode(error) ?? '';
  if (NAME.includes(code)) return 'Name';
  if (LISTENER.includes(code)) return 'Listener';
  const ofCertificate = [...UNTRUSTED, ...OUT_OF_TIME, 'ERR_TLS_CERT_ALTNAME_INVALID', 'EPROTO'].includes(code);
  return ofCertificate || code.startsWith('ERR_SSL_') ? 'Certificate' : undefined;
}

/** Why a connection gave no answer, and what to set where the configuration can help; one line, for people. Pure. */
export function explainConnection(error: unknown, url: URL): string {
  const code = systemCode(error) ?? '';
  const known = PLAIN[code];
  if (known !== undefined) return known;
  if (UNTRUSTED.includes(code))
    return `the certificate for ${url.hostname} is of an authority that is not trusted (${code}): set swarm.caFile to that authority's certificate`;
  if (OUT_OF_TIME.includes(code)) return `the certificate for ${url.hostname} is out of its time (${code})`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the certificate is for other names than ${url.hostname} (${code}): does what answers there serve the app?`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return `no TLS connection for ${url.hostname} (${tlsWords(error)}): does what answers there serve that name?`;
  return error instanceof Error ? error.message || code : String(error);
}

/** The reason that OpenSSL gives, without the place in its sources. */
function tlsWords(error: unknown): string {
  const reason = error instanceof Error && 'reason' in error ? error.reason : undefined;
  return typeof reason === 'string' ? reason : (systemCode(error) ?? '');
}
