import { CcError } from '../../../errors.ts';
import type { Compose } from '../../../recipe/compose.ts';
import { withLimits } from '../../../recipe/untrusted/limits.ts';
import { neighbourlyServices } from '../../../recipe/untrusted/service-rules.ts';
import { unlistedKeys } from '../../../recipe/untrusted/unlisted-keys.ts';
import type { AppSpec, ContainerLimits, Endpoint } from '../../platform.ts';
import { type Engine, STACK_LABEL } from '../engine/engine.ts';
import { compareVersions } from '../engine/version.ts';

/** Since this version of its API the engine limits processes; before it takes the limit and does nothing. */
const LIMITS_SINCE = '1.41';

/**
 * The compose file of a commit that nobody trusts, with limits on every container. Looks at what will be deployed, ports
 * filled in: whoever asked before may have seen something else. Pure.
 * @throws CcError `Refused` naming file, line and key of what is not on the list.
 */
export function confinedCompose(
  compose: Compose,
  { domain, env }: Pick<AppSpec, 'domain' | 'env'>,
  { limits, endpoints }: { limits: ContainerLimits; endpoints: readonly Endpoint[] },
): Compose {
  const found = unlistedKeys(compose, { domain, env, ports: endpoints.map(({ port }) => port) });
  if (found.length === 0) return withLimits(compose, limits);
  const said = `the commit is not trusted, and its compose files are not within the list: ${found[0]}`;
  throw new CcError('Refused', said, { remedy: 'Take it out, or name the recipe in allowRecipeTests.' });
}

/**
 * Sees that the engine keeps such an app apart: it limits processes, and no service answers on the shared network to a
 * name that a service of another stack has (all have an `app`).
 * @throws CcError `Unsupported`, `Refused`, `Unreachable`.
 */
export async function assertKeptApart(
  { compose, stack }: { compose: Compose; stack: string },
  engine: Engine,
  signal: AbortSignal,
): Promise<void> {
  const { apiVersion } = await engine.identity(signal);
  if (compareVersions(apiVersion, LIMITS_SINCE) < 0) {
    const said = `the engine's API ${apiVersion} has no limit of processes, so that nothing bounds an untrusted app`;
    throw new CcError('Unsupported', said, { remedy: 'Use Docker 20.10 or later.' });
  }
  const others = (await engine.services(signal)).flatMap(({ name, labels }) =>
    shortName(name, labels[STACK_LABEL], stack),
  );
  const taken = neighbourlyServices(compose).find((name) => name !== 'app' && others.includes(name.toLowerCase()));
  if (taken === undefined) return;
  const said = `services.${taken}.networks: another stack has a service ${taken}, whose name the commit would answer to`;
  throw new CcError('Refused', said, { remedy: `Call the service app, or let it begin with ${stack}.` });
}

function shortName(name: string, stack: string | undefined, own: string): string[] {
  return stack === undefined || stack === own ? [] : [name.slice(stack.length + 1).toLowerCase()];
}
