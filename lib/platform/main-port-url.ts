import type { Endpoint } from './platform.ts';

/**
 * Where an app answers by its ports alone: the main port of service `app`, else the first main port of any service;
 * undefined where no service has one. No slash at the end. Pure.
 */
export function mainPortUrl(endpoints: readonly Endpoint[]): string | undefined {
  const main = endpoints.filter(({ name }) => name === '');
  const endpoint = main.find(({ service }) => service === 'app') ?? main[0];
  if (endpoint === undefined) return undefined;
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  return `http://${host}:${endpoint.port}`;
}
