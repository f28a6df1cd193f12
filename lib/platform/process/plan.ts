import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { readCompose, stackNameOf } from '../../recipe/compose.ts';
import { readSecretValue } from '../../recipe/secrets.ts';
import type { AppSpec, Endpoint, Revision } from '../platform.ts';
import { endpointsOf, fillPorts, type PortOf, useText } from '../port-placeholders.ts';
import { planServices, portUses, volumeNames } from './launch.ts';
import type { AppLayout } from './layout.ts';
import { ignoredKeys, refuseUnsupported } from './process-support.ts';
import { type AppliedService, type AppliedSpec, newSpecId } from './record.ts';

/** An app with nothing left open: what its record says and its supervisors run. */
export interface ResolvedApp {
  services: AppliedService[];
  endpoints: Endpoint[];
  volumes: string[];
  ignored: string[];
}

export interface PlanAppOptions {
  app: AppSpec;
  revision: Revision;
  layout: AppLayout;
  path: string;
  /** Grace of services that name none, milliseconds; undefined: what the compose reader says. */
  defaultGraceMs: number | undefined;
  /** Called once for each port. */
  portOf: PortOf;
}

/**
 * Reads the compose files, has ports given and plans the services. The files are read twice where the env holds
 * `{port:…}`, for the ports are known only from the files.
 * @throws CcError `InvalidInput` for the recipe's mistakes, `Unsupported` for what this platform cannot do,
 * `DataMissing` when the file of a secret is absent.
 */
export async function planApp(options: PlanAppOptions): Promise<ResolvedApp> {
  const { app, revision, layout, path } = options;
  const read = async (env: Readonly<Record<string, string>>) =>
    await readCompose({
      directory: revision.directory,
      files: app.composeFiles,
      env,
      extra: { STACK_NAME: stackNameOf(app.domain), DOMAIN: app.domain },
    });
  const first = await read(app.env);
  refuseUnsupported(first);
  for (const [name, file] of Object.entries(app.secrets)) await readSecretValue(name, file);
  const endpoints = await endpointsOf(portUses(first), options.portOf);
  const filled = fillPorts(app.env, endpoints);
  const compose = isDeepStrictEqual(filled, app.env) ? first : await read(filled);
  const surroundings = { layout, directory: revision.directory, endpoints, secrets: app.secrets, path };
  const services = planServices(compose, surroundings).map((service) => {
    const named = compose.services.find(({ name }) => name === service.name)?.keys.includes('stop_grace_period');
    if (named || options.defaultGraceMs === undefined) return service;
    return { ...service, launch: { ...service.launch, stopGraceMs: options.defaultGraceMs } };
  });
  return { services, endpoints, volumes: volumeNames(compose), ignored: ignoredKeys(compose) };
}

/**
 * The record of a resolved app that is to run. Its digest covers the values of the secrets too, as one digest of
 * everything: a changed secret is a changed app. Reads the secrets' files.
 */
export async function appliedOf(
  before: Pick<AppliedSpec, 'engineId'>,
  wanted: { app: AppSpec; revision: Revision; resolved: ResolvedApp; volumes: readonly string[] },
): Promise<AppliedSpec> {
  const { app, revision, resolved, volumes } = wanted;
  const hash = createHash('sha256').update(JSON.stringify([revision, resolved]));
  for (const file of Object.values(app.secrets)) hash.update(await readFile(file));
  return {
    engineId: before.engineId,
    state: 'Deployed',
    specId: newSpecId(),
    digest: hash.digest('hex'),
    commit: revision.commit,
    ...(revision.version === undefined ? {} : { version: revision.version }),
    services: resolved.services,
    endpoints: resolved.endpoints,
    volumes,
    mounted: resolved.volumes,
    ignored: resolved.ignored,
  };
}

/** Text of `ports.json`: `service` or `service.name` → port. */
export function portsOf(endpoints: readonly Endpoint[]): Record<string, number> {
  return Object.fromEntries(endpoints.map((endpoint) => [useText(endpoint), endpoint.port]));
}
