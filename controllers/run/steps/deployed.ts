import { planUpgrade } from '../../../lib/app/app-plan.ts';
import { CcError } from '../../../lib/errors.ts';
import type { Compose } from '../../../lib/recipe/compose.ts';
import type { PreparedContext } from '../stage.ts';

/**
 * The compose files of what is deployed: those of head after an upgrade, whatever the base said.
 * @throws CcError `Unreachable` where nothing is deployed any more; as `planUpgrade`.
 */
export async function deployedCompose(context: PreparedContext): Promise<Compose> {
  const { home, services, domain, signal, resolved } = context;
  const { commit } = await services.platform.observe({ domain }, signal);
  if (commit === undefined) throw new CcError('Unreachable', `${domain} is not deployed any more`);
  const revision = { commit, directory: home.revisionDirectory(commit) };
  const { compose } = await planUpgrade({ home, revision, app: { ...resolved.app, env: {} } });
  return compose;
}
