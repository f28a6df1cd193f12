import { CcError } from '../../lib/errors.ts';
import { type Compose, composeFilesOf, readCompose, stackNameOf } from '../../lib/recipe/compose.ts';
import { EnvFile } from '../../lib/recipe/env-file.ts';
import type { PreparedContext } from './stage.ts';

/**
 * The compose files of what is deployed: those of head after an upgrade, whatever the base said.
 * @throws CcError `Unreachable` where nothing is deployed any more; as `readCompose`.
 */
export async function deployedCompose(context: PreparedContext): Promise<Compose> {
  const { home, services, attempt, signal, frozen } = context;
  const { commit } = await services.platform.observe({ domain: attempt.domain }, signal);
  if (commit === undefined) throw new CcError('Unreachable', `${attempt.domain} is not deployed any more`);
  const env = EnvFile.parse((await home.readEnv()) ?? '').entries();
  return await readCompose({
    directory: home.revisionDirectory(commit),
    files: frozen.app.composeFiles ?? composeFilesOf(env),
    env,
    extra: { STACK_NAME: stackNameOf(home.domain), DOMAIN: home.domain },
  });
}
