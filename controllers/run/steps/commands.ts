import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandSource, DefaultedDataHook } from '../../../lib/api/index.ts';
import { present } from '../../../lib/api/objects.ts';
import { lostWay } from '../../../lib/app/ingress-watch.ts';
import { connectionTo } from '../../../lib/checks/app-connection.ts';
import type { CheckResult } from '../../../lib/checks/check.ts';
import { runCommandHook } from '../../../lib/checks/command-test.ts';
import { urlOf } from '../../../lib/checks/health-probe.ts';
import { type HookFacts, hookEnvironment } from '../../../lib/checks/hook-environment.ts';
import { checkHttp, type HttpCheckOptions } from '../../../lib/checks/http-check.ts';
import type { Mask } from '../../../lib/checks/mask.ts';
import { maskFiles, maskNames } from '../../../lib/checks/mask-files.ts';
import { CcError, hasCode } from '../../../lib/errors.ts';
import { joinInside } from '../../../lib/fs/join-inside.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { ssoFacts } from '../dependencies/secrets.ts';
import type { PreparedContext } from '../stage.ts';
import { areArtifactsInPlace, makeArtifacts } from './artifacts.ts';
import { type CommandOutcome, failedUnrun, notStarted } from './never-ran.ts';
import { isDoubtful } from './trust.ts';

export interface RunCommandOptions {
  /** Names the log file and the artifacts directory. */
  name: string;
  command: readonly string[];
  from: CommandSource | undefined;
  timeoutMs: number;
  install?: NonNullable<HookFacts['install']>;
}

/**
 * Runs one hook or test of the profile. A refused or missing command is a failed result with a reason.
 * @throws CcError `Aborted`, `NoSpace`.
 */
export async function runProfileCommand(context: PreparedContext, options: RunCommandOptions): Promise<CommandOutcome> {
  const { directories, services, mask, signal, resolved } = context;
  if (options.from === 'Recipe' && isDoubtful(resolved, services.settings.allowRecipeTests)) return notAllowed(context);
  const root = options.from === 'Profile' ? directories.profile : directories.recipe;
  const scratch = join(directories.scratch, randomUUID());
  const artifacts = await makeArtifacts(directories.root, options.name);
  await Promise.all([join(scratch, 'home'), join(scratch, 'tmp')].map((path) => mkdir(path, { recursive: true })));
  context.leavePool();
  try {
    const result = await runCommandHook({
      command: options.command,
      root,
      env: hookEnvironment(
        hookFacts(context, { scratch, artifacts, ...(options.install ? { install: options.install } : {}) }),
      ),
      runner: services.runner,
      directories: [directories.root],
      timeoutMs: Math.max(1, Math.min(options.timeoutMs, context.remainingMs)),
      signal,
      logFile: joinInside(directories.logs, `${context.stage.toLowerCase()}-${options.name}.log`),
      mask,
    });
    if (!(await areArtifactsInPlace(directories.root, options.name))) return await artifactsSwapped(context, options);
    await maskArtifacts(artifacts, mask);
    return { ...result, artifacts };
  } catch (error) {
    if (await areArtifactsInPlace(directories.root, options.name)) await maskArtifacts(artifacts, mask);
    if (!hasCode(error, 'NotFound', 'Refused', 'InvalidInput')) throw error;
    return notStarted(options, error);
  } finally {
    await removeTree(scratch);
  }
}

/** What lies where such a link leads is neither read nor masked. */
async function artifactsSwapped(context: PreparedContext, options: RunCommandOptions): Promise<CommandOutcome> {
  const { directories } = context;
  const { name } = options;
  await makeArtifacts(directories.root, name);
  const message = `${name} has put something else in the place of its directory of artifacts`;
  return failedUnrun({ reason: 'ArtifactsReplaced', message, exitCode: 1 });
}

/** Masks contents and names of what a command left. Idempotent. @throws system errors as they are. */
export async function maskArtifacts(directory: string, mask: Mask): Promise<void> {
  await maskFiles(directory, mask);
  await maskNames(directory, mask);
}

function notAllowed({ resolved }: PreparedContext): CommandOutcome {
  return failedUnrun({
    reason: 'RecipeTestsNotAllowed',
    message: `commands of the untrusted commit ${resolved.head.commit.slice(0, 10)} do not run; add "${resolved.recipe}" to allowRecipeTests in the configuration to allow them`,
    exitCode: 126,
  });
}

interface Places {
  scratch: string;
  artifacts: string;
  install?: NonNullable<HookFacts['install']>;
}

function hookFacts(context: PreparedContext, { scratch, artifacts, install }: Places): HookFacts {
  const { services, resolved, domain, applied, directories, object, stage } = context;
  return {
    path: services.settings.path,
    home: join(scratch, 'home'),
    tmp: join(scratch, 'tmp'),
    token: `${services.instanceId}/child/${randomUUID()}`,
    baseUrl: applied.url ?? '',
    domain,
    recipe: resolved.recipe,
    recipeDirectory: directories.recipe,
    version: resolved.head.version ?? '',
    commit: resolved.head.commit,
    run: object.name,
    mode: resolved.mode,
    stage,
    artifacts,
    ...(install ? { install } : {}),
    sso: ssoFacts(context.attempt, directories),
  };
}

/**
 * One request to the app under test, connected as the configuration says.
 * @throws CcError `InvalidInput` where the app has no URL; `Aborted`; `Unreachable` where name or ingress are gone.
 */
export async function askApp(
  { services, applied, domain, signal }: Pick<PreparedContext, 'services' | 'applied' | 'domain' | 'signal'>,
  path: string,
  options: Omit<HttpCheckOptions, 'url' | 'signal' | 'clock' | 'connectTo' | 'trust'>,
): Promise<CheckResult> {
  const url = urlOf(path, applied.url);
  const connection = connectionTo(url, domain, services.settings.connection);
  const result = await checkHttp({ ...options, ...connection, url, signal, clock: services.clock });
  await assertReached({ services, domain, signal }, result, url);
  return result;
}

/** @throws CcError `Unreachable` where a request to the app met nothing, and name or ingress are gone; as `Platform.observe`. */
export async function assertReached(
  { services, domain, signal }: Pick<PreparedContext, 'services' | 'domain' | 'signal'>,
  met: Pick<CheckResult, 'fault' | 'message'>,
  url: string,
): Promise<void> {
  if (met.fault === undefined) return;
  const { endpoints } = await services.platform.observe({ domain }, signal);
  const lost = lostWay(met, url, { domain, endpoints });
  if (lost) throw lost;
}

/** Runs a data hook (`seed`, `verify`, `wipe`): a command, or one request to the app. */
export async function runDataHook(
  context: PreparedContext,
  name: string,
  hook: DefaultedDataHook,
): Promise<CommandOutcome> {
  const timeoutMs = Math.min(context.remainingMs, 600_000);
  if (hook.command) return runProfileCommand(context, { name, command: hook.command, from: hook.from, timeoutMs });
  if (!hook.http) throw new CcError('Internal', `data hook ${name} has neither command nor http`);
  const { services, mask } = context;
  const { method, path, body, status, contains } = hook.http;
  const started = services.clock.monotonicMs();
  const check = await askApp(context, path, {
    method,
    timeoutMs: Math.max(1, Math.min(timeoutMs, 30_000)),
    ...present({ body, status, contains }),
  });
  const durationMs = services.clock.monotonicMs() - started;
  const message = mask.text(check.ok ? check.message : [check.message, check.evidence].filter(Boolean).join('; '));
  return { result: check.ok ? 'Passed' : 'Failed', message, exitCode: check.ok ? 0 : 1, logTail: [], durationMs };
}
