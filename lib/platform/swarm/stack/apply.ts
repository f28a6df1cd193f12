import { present } from '../../../api/objects.ts';
import { CcError } from '../../../errors.ts';
import type { Compose } from '../../../recipe/compose.ts';
import { readNamedFile } from '../../../recipe/recipe-file.ts';
import { isIngressEnabled, unroutedBecause } from '../../../recipe/routers.ts';
import { mainPortUrl } from '../../main-port-url.ts';
import type { Endpoint } from '../../platform.ts';
import type { EngineConfig, EngineService, EngineStack } from '../engine/engine.ts';
import { routePrefix } from '../route-prefix.ts';
import { ignoredKeys } from '../swarm-support.ts';
import type { CheckedStack } from './check.ts';
import type { StackTools } from './driver.ts';
import { planDigest, volumesOf } from './plan.ts';
import type { RecordedService, StackRecord } from './record.ts';
import { ensureSecrets, intendSecrets } from './secrets.ts';
import { assertNoneLost, assertNoStrangers, makeVolumes } from './volumes.ts';

export interface ApplyStackOptions extends CheckedStack, StackTools {
  baseUrl?: string | undefined;
  /** The claim, as it is now. */
  record: StackRecord;
  /** Journals the next state of the record. */
  write: (record: StackRecord) => Promise<void>;
}

/**
 * Creates or updates the stack: volumes and secrets first, then the services; a change is journaled before it is made,
 * so that one that was cut off is made again. What is already as wanted is left alone. @throws CcError `DataMissing` (a
 * recorded volume is gone), `InvalidInput`, `Conflict` (also: somebody removed a service meanwhile), as the driver.
 */
export async function applyStack(options: ApplyStackOptions): Promise<void> {
  const { plan, engine, driver, record, write, signal, secrets: wanted } = options;
  const { domain } = plan.app;
  const mounted = volumesOf(plan.compose);
  await assertNoneLost(domain, record, mounted);
  const digest = planDigest(plan, wanted);
  if (record.digest === digest && (await isAsApplied(options))) return;
  await assertConfigsVersioned(plan.compose, plan.revision.directory, await engine.configs(plan.stack, signal));
  await assertNoStrangers({ engine, record, names: mounted, signal });
  const intended = await intendSecrets({ engine, wanted, recorded: record.secrets, signal });
  const applying: StackRecord = { ...record, state: 'Applying', digest: '', secrets: intended };
  await write(applying);
  const withVolumes = await makeVolumes({ engine, record: applying, names: mounted, signal });
  await write(withVolumes);
  const secrets = await ensureSecrets({ engine, driver, plan, wanted, recorded: intended, signal });
  const prepared = { ...withVolumes, secrets, mounted };
  await write(prepared);
  await driver.apply(plan, signal);
  await dropServices(options);
  await write(appliedRecord(prepared, digest, options, await engine.stack(plan.stack, signal)));
}

/** What was applied still stands: no stop, no change by others, no rollback by the engine. */
async function isAsApplied({ record, engine, signal }: ApplyStackOptions): Promise<boolean> {
  if (record.state !== 'Deployed') return false;
  const { services } = await engine.stack(record.stack, signal);
  const stands = (one: RecordedService): boolean =>
    services.some(({ name, specDigest }) => name === `${record.stack}_${one.name}` && specDigest === one.specDigest);
  return services.length === record.services.length && record.services.every(stands);
}

/** Removes the services that the revision does not have any more. */
async function dropServices({ plan, engine, signal }: ApplyStackOptions): Promise<void> {
  const wanted = new Set(plan.compose.services.map(({ name }) => `${plan.stack}_${name}`));
  const { services } = await engine.stack(plan.stack, signal);
  for (const { id, name } of services) if (!wanted.has(name)) await engine.removeService(id, signal);
}

function appliedRecord(
  prepared: StackRecord,
  digest: string,
  { plan, baseUrl }: ApplyStackOptions,
  { services }: EngineStack,
): StackRecord {
  const { revision, compose, stack, app } = plan;
  const found = compose.services.map(({ name }): [string, EngineService] => {
    const service = services.find((one) => one.name === `${stack}_${name}`);
    if (service === undefined) throw removedMeanwhile(`${stack}_${name}`);
    return [name, service];
  });
  const endpoints = endpointsOf(found, plan.endpoints);
  const routed = (baseUrl ?? 'https://{domain}').replaceAll('{domain}', app.domain).replace(/\/+$/, '');
  const url = urlOf(compose, endpoints, `${routed}${routePrefix(compose.services, app.domain)}`);
  const unrouted = unroutedBecause(compose, app.domain);
  const { version: _version, url: _url, unrouted: _unrouted, ...kept } = prepared;
  return {
    ...kept,
    state: 'Deployed',
    digest,
    commit: revision.commit,
    ...present({ version: revision.version }),
    services: found.map(([name, service]) => recorded(name, service)),
    endpoints,
    ignored: ignoredKeys(compose),
    ...present({ url, unrouted }),
  };
}

/** A record without it would make an app of fewer services count as up. */
function removedMeanwhile(service: string): CcError {
  const remedy = 'See who else works on this swarm.';
  return new CcError('Conflict', `the service ${service} was removed while its stack was applied`, { remedy });
}

function recorded(name: string, { image, mode, replicas, specDigest }: EngineService): RecordedService {
  return {
    name,
    image,
    replicas: mode === 'Global' || mode === 'GlobalJob' ? Math.max(1, replicas) : replicas,
    specDigest,
  };
}

/** The reserved ports under the names they were asked for by; the other published ones by their target. Pure. */
function endpointsOf(
  services: readonly (readonly [string, Pick<EngineService, 'ports'>])[],
  reserved: readonly Endpoint[],
): Endpoint[] {
  const others = services.flatMap(([service, { ports }]) => {
    const own = ports.filter(({ published }) => published > 0 && !reserved.some(({ port }) => port === published));
    const hasMain = reserved.some((endpoint) => endpoint.service === service && endpoint.name === '');
    return own.map(({ target, published }, index) => ({
      service,
      name: index === 0 && !hasMain ? '' : String(target),
      host: '127.0.0.1',
      port: published,
    }));
  });
  return [...reserved, ...others];
}

/** Apps that the ingress leads to answer where it does, others at their first published port. */
function urlOf({ services }: Compose, endpoints: readonly Endpoint[], routed: string): string | undefined {
  return services.some(isIngressEnabled) ? routed : mainPortUrl(endpoints);
}

/**
 * A config cannot be changed on the engine: new content needs a new name, which is the recipe's version key.
 * @param directory the recipe's checkout. @param present the configs that the engine holds of this stack.
 * @throws CcError `InvalidInput` naming the config whose content differs under the same name, or whose file is missing.
 */
async function assertConfigsVersioned(
  compose: Compose,
  directory: string,
  present: readonly EngineConfig[],
): Promise<void> {
  for (const config of compose.configs) {
    if (config.external || config.file === undefined) continue;
    const data = await readNamedFile(directory, `configs.${config.name}.file`, config.file ?? '');
    const old = present.find(({ name }) => name === config.versionedName);
    if (old === undefined || old.data.equals(data)) continue;
    const key = config.variables.at(-1);
    throw new CcError(
      'InvalidInput',
      `the config ${config.name} has new content under its old name ${config.versionedName}: configs cannot be changed`,
      { remedy: `Raise ${key ?? 'the version in its name'}${key ? ' in abra.sh' : ''} together with ${config.file}.` },
    );
  }
}
