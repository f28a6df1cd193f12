import type { ConnectionFault } from '../checks/connection-fault.ts';
import { CcError } from '../errors.ts';
import type { Endpoint } from '../platform/platform.ts';
import { UNROUTED_REMEDY } from '../recipe/routers.ts';

/**
 * So long nothing may lead to an app whose tasks run until that counts as wrong configuration, milliseconds. An ingress
 * learns of an app within 15 s and then has to get a certificate for it.
 */
const PATIENCE_MS: Readonly<Record<WayFault, number>> = {
  Name: 10_000,
  Listener: 10_000,
  Certificate: 60_000,
  Router: 15_000,
};

/** `Router`: the ingress answers for itself, and no router of the app names the host. */
type WayFault = ConnectionFault | 'Router';

/** What one probe of a routed URL met. */
export interface RouteFault {
  fault: WayFault;
  /** Of the probe: what was asked, and what came of it. */
  message: string;
}

/** Whose URL it is. */
export interface RoutedApp {
  domain: string;
  endpoints: readonly Endpoint[];
}

export type RouteVerdict =
  | { state: 'Waiting' }
  /** This instance was told of no way to the app. */
  | { state: 'NoIngress'; message: string }
  /** There was a way in this attempt, and it is gone. */
  | { state: 'IngressGone'; message: string }
  /** The recipe has the ingress lead nobody to it. */
  | { state: 'NoRouter'; message: string };

const REMEDY =
  'Set swarm.connectTo to the address of the ingress, or app.url to where the app answers, or publish a port of the service app and leave traefik.enable out';

/**
 * Whether the name of the URL is the app's own and its port nobody's of the app: what is between it and the app (DNS, the
 * ingress, its certificate) is then not part of what is tested. Pure.
 */
export function isRouted(text: string, domain: string, endpoints: readonly Endpoint[]): boolean {
  const url = URL.parse(text);
  const host = url?.hostname.replace(/\.$/, '') ?? '';
  const own = host === domain.toLowerCase() || host.endsWith(`.${domain.toLowerCase()}`);
  return own && !endpoints.some(({ port }) => url?.port !== '' && String(port) === url?.port);
}

/**
 * The error where an app that was reached before in the attempt has lost its way: its name, or who listens there, which no
 * version of it can lose. Undefined: what was met is the app's own. Pure.
 */
export function lostWay(met: Partial<RouteFault>, url: string, app: RoutedApp): CcError | undefined {
  const { fault, message = '' } = met;
  if (fault !== 'Name' && fault !== 'Listener') return undefined;
  if (!isRouted(url, app.domain, app.endpoints)) return undefined;
  const remedy = 'Look at the ingress and at the DNS of the zone.';
  return new CcError('Unreachable', `nothing leads to the app any more: ${message}`, { remedy });
}

/**
 * Why an answer was not the app's: nothing of its spec leads to the host of the URL. Undefined: something may, or another
 * host was asked. Pure.
 */
export function unroutedAt(text: string, options: { domain: string; unrouted?: string }): string | undefined {
  const { domain, unrouted } = options;
  return URL.parse(text)?.hostname.replace(/\.$/, '') === domain.toLowerCase() ? unrouted : undefined;
}

/** Remembers since when nothing leads to apps; in memory only, an attempt does not outlive it. */
export class IngressWatch {
  readonly #since = new Map<string, { fault: WayFault; sinceMs: number }>();

  /** The last probe of the app got through to something, or its tasks do not run. */
  forget(domain: string): void {
    this.#since.delete(domain);
  }

  /**
   * Takes a probe that got through to nothing.
   * @param now a reading of the monotonic clock, milliseconds; `lastLook`: the deadline leaves no time for another.
   */
  met(domain: string, met: RouteFault, at: { now: number; lastLook: boolean; reachedBefore: boolean }): RouteVerdict {
    const before = this.#since.get(domain);
    const entry = before?.fault === met.fault ? before : { fault: met.fault, sinceMs: at.now };
    this.#since.set(domain, entry);
    if (at.now - entry.sinceMs < PATIENCE_MS[met.fault] && !at.lastLook) return { state: 'Waiting' };
    if (met.fault === 'Router') return { state: 'NoRouter', message: `${met.message}. ${UNROUTED_REMEDY}` };
    if (!at.reachedBefore)
      return { state: 'NoIngress', message: `its tasks run, but nothing leads to it: ${met.message}. ${REMEDY}` };
    // A version that spoils its own route loses its certificate; the name and who listens are not its to lose.
    if (met.fault === 'Certificate') return { state: 'Waiting' };
    return { state: 'IngressGone', message: `nothing leads to the app any more: ${met.message}` };
  }
}
