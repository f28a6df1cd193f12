import { mapValues } from '../../api/objects.ts';
import type { Endpoint } from '../platform.ts';

const PLACEHOLDER = /\{port:([^{}.]+)(?:\.([^{}]+))?\}/g;

/** A host port that the app's env asks for by `{port:<service>}` or `{port:<service>.<name>}`. */
export interface WantedPort {
  service: string;
  /** Empty for the main port. */
  name: string;
}

/** The ports that the values ask for, each once, in the order of the keys. Pure. */
export function wantedPorts(env: Readonly<Record<string, string>>): WantedPort[] {
  const found = Object.values(env).flatMap((value) => [...value.matchAll(PLACEHOLDER)]);
  const ports = new Map(found.map(([use, service = '', name = '']) => [use, { service, name }]));
  return [...ports.values()];
}

/** The env with the numbers in the place of the placeholders. Pure; `endpoints` holds all that {@link wantedPorts} gave. */
export function fillHostPorts(
  env: Readonly<Record<string, string>>,
  endpoints: readonly Endpoint[],
): Record<string, string> {
  const portOf = (service: string, name: string): string => {
    const found = endpoints.find((endpoint) => endpoint.service === service && endpoint.name === name);
    return String(found?.port ?? 0);
  };
  return mapValues(env, (text) => text.replace(PLACEHOLDER, (_, service: string, name = '') => portOf(service, name)));
}
