import { mapValues } from '../api/objects.ts';
import { CcError } from '../errors.ts';
import type { Endpoint } from './platform.ts';

/** A port that a service asks for, or that the app's env asks for by `{port:<service>}` or `{port:<service>.<name>}`. */
export interface PortUse {
  service: string;
  /** Empty for the main port. */
  name: string;
}

/** Gives the host port of a use, reserved or not. */
export type PortOf = (use: PortUse) => Promise<number>;

/** The ports that the values ask for, each once, in the order of the keys. Pure. */
export function wantedPorts(env: Readonly<Record<string, string>>): PortUse[] {
  const uses = /\{port:([^{}.]+)(?:\.([^{}]+))?\}/g;
  const found = Object.values(env).flatMap((value) => [...value.matchAll(uses)]);
  const ports = new Map(found.map(([use, service = '', name = '']) => [use, { service, name }]));
  return [...ports.values()];
}

/** The endpoints of these uses, on this machine. */
export async function endpointsOf(uses: readonly PortUse[], portOf: PortOf): Promise<Endpoint[]> {
  const endpoints: Endpoint[] = [];
  for (const use of uses) endpoints.push({ ...use, host: '127.0.0.1', port: await portOf(use) });
  return endpoints;
}

/** The env with the numbers in the place of the placeholders. Pure. @throws CcError `InvalidInput` where there is none. */
export function fillPorts(
  env: Readonly<Record<string, string>>,
  endpoints: readonly Endpoint[],
): Record<string, string> {
  return mapValues(env, (value) => value.replace(/\{port:([^{}]+)\}/g, (_, use: string) => portNumber(use, endpoints)));
}

/** How a placeholder names the use: `<service>` or `<service>.<name>`. Pure. */
export function useText({ service, name }: PortUse): string {
  return name === '' ? service : `${service}.${name}`;
}

/** The number of the port that is named so. Pure. @throws CcError `InvalidInput` where there is none. */
export function portNumber(use: string, endpoints: readonly Endpoint[]): string {
  const found = endpoints.find((endpoint) => useText(endpoint) === use);
  if (found) return String(found.port);
  throw unknownPlaceholder(`{port:${use}}`, 'no service has such a port');
}

/** `InvalidInput` for a placeholder that names nothing. */
export function unknownPlaceholder(text: string, why: string): CcError {
  return new CcError('InvalidInput', `the placeholder ${text} cannot be filled in: ${why}`, {
    remedy: 'Correct the name in the placeholder, or define what it names in the compose file.',
  });
}
