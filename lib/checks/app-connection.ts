import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import tls, { type SecureContext } from 'node:tls';
import type { SwarmConfig } from '../api/index.ts';
import { CcError, systemCode } from '../errors.ts';
import type { Endpoint } from '../platform/platform.ts';

/** An address without a port is asked at the port of the URL. */
export interface Address {
  host: string;
  port?: number;
}

/** How the HTTP checks of all apps connect; made once, see {@link openConnection}. Empty: as each URL says. */
export interface AppConnection {
  /** For URLs of the app's own domain and below it: the address instead of what DNS says. */
  connectTo?: Address;
  /** Authorities that are trusted; absent: those of the system. */
  trust?: SecureContext;
}

/** The fields of the configuration that say how apps are reached. */
export type ConnectionSettings = Pick<SwarmConfig, 'connectTo' | 'caFile'>;

/**
 * Reads what the configuration says about reaching apps. The certificates of the file are trusted in addition to those
 * of the system. @throws CcError `InvalidInput` that names the field: an address that is none, a file that cannot be
 * read or holds no certificate.
 */
export async function openConnection({ connectTo, caFile }: ConnectionSettings): Promise<AppConnection> {
  return {
    ...(connectTo === undefined ? {} : { connectTo: parseAddress(connectTo) }),
    ...(caFile === undefined ? {} : { trust: await readTrust(caFile) }),
  };
}

/** How one URL is asked: only the app's own domain and what is below it is reached at the configured address. Pure. */
export function connectionTo(url: string, domain: string, connection: AppConnection): AppConnection {
  const host = URL.parse(url)?.hostname.replace(/\.$/, '') ?? '';
  const own = host === domain.toLowerCase() || host.endsWith(`.${domain.toLowerCase()}`);
  if (own || connection.connectTo === undefined) return connection;
  const { connectTo: _, ...rest } = connection;
  return rest;
}

/** @throws CcError `InvalidInput` for anything but `host`, `host:port`, an IPv6 address, or one in brackets. */
export function parseAddress(text: string): Address {
  if (isIPv6(text)) return { host: text };
  const [, bracketed, name, digits] = /^(?:\[([^\]]*)\]|([^:[\]/@\s]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  const host = bracketed ?? name;
  const wrong = host === undefined || (bracketed !== undefined && !isIPv6(bracketed));
  if (wrong || port === 0 || (port ?? 0) > 65_535)
    throw new CcError('InvalidInput', `swarm.connectTo: found ${JSON.stringify(text)}, expected host:port`, {
      remedy: 'Write it like 127.0.0.1:443, ingress.example.org:443 or [::1]:443.',
    });
  return { host, ...(port === undefined ? {} : { port }) };
}

async function readTrust(file: string): Promise<SecureContext> {
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    const remedy = 'Name a file with certificates in PEM that the user of the controller can read.';
    const why = systemCode(cause) ?? String(cause);
    throw new CcError('InvalidInput', `swarm.caFile: ${file} cannot be read (${why})`, { cause, remedy });
  });
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw noCertificates(file);
  try {
    // Making the context passes over what it cannot read.
    for (const block of blocks) new X509Certificate(block);
    return tls.createSecureContext({ ca: [...systemAuthorities(), ...blocks] });
  } catch (cause) {
    throw noCertificates(file, cause);
  }
}

function noCertificates(file: string, cause?: unknown): CcError {
  const remedy = 'Put the authority into it, PEM, from -----BEGIN CERTIFICATE----- on.';
  return new CcError('InvalidInput', `swarm.caFile: ${file} holds no certificate that can be used`, { cause, remedy });
}

/** What Node trusts unless told otherwise; older ones can only tell what they were built with. */
function systemAuthorities(): readonly string[] {
  return typeof tls.getCACertificates === 'function' ? tls.getCACertificates('default') : tls.rootCertificates;
}

/** What placeholders in URLs are filled in from. */
export interface UrlFacts {
  domain: string;
  /** Endpoints of the app as the platform observes them. */
  endpoints: readonly Endpoint[];
  /** Where the platform says that the app answers. */
  platformUrl?: string;
}

/**
 * Fills `{domain}`, `{port:<service>}` and `{port:<service>.<name>}` in a text of a spec file. Pure.
 * @throws CcError `Misconfigured` for an unknown placeholder or a port that the app does not have; names those it has.
 */
export function fillUrl(template: string, facts: UrlFacts): string {
  return template.replace(/\{([^{}]*)\}/g, (whole, inside: string) => {
    if (inside === 'domain') return facts.domain;
    if (inside.startsWith('port:')) return String(portOf(inside.slice('port:'.length), template, facts));
    const remedy = 'Use {domain}, {port:<service>} or {port:<service>.<name>}.';
    throw new CcError('Misconfigured', `unknown placeholder ${whole} in ${JSON.stringify(template)}`, { remedy });
  });
}

/**
 * Where an app answers: `template` (`app.url`) filled in where there is one, else where the platform says; undefined
 * where it knows of no place. No slash at the end. Pure. @throws CcError `Misconfigured` as {@link fillUrl}.
 */
export function appUrl(template: string | undefined, facts: UrlFacts): string | undefined {
  const url = template === undefined ? facts.platformUrl : fillUrl(template, facts);
  return url?.replace(/\/+$/, '');
}

function portOf(wanted: string, template: string, facts: UrlFacts): number {
  const nameOf = ({ service, name }: Endpoint): string => (name === '' ? service : `${service}.${name}`);
  const found = facts.endpoints.find((endpoint) => nameOf(endpoint) === wanted);
  if (found) return found.port;
  const known = facts.endpoints.map(nameOf).sort().join(', ');
  throw new CcError('Misconfigured', `no port ${wanted} for {port:${wanted}} in ${JSON.stringify(template)}`, {
    remedy: known === '' ? 'The app has no ports.' : `The app has: ${known}.`,
  });
}
