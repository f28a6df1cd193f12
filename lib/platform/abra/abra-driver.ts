import { CcError, explainError, hasCode, orElse } from '../../errors.ts';
import { type Log, silentLog } from '../../log.ts';
import type { AppRef } from '../platform.ts';
import type { Engine, EngineStack } from '../swarm/engine/engine.ts';
import type { DeployedFacts, StackDriver, StackPlan, StackSecret } from '../swarm/stack/driver.ts';
import { AbraCli, type AbraCliOptions, failed } from './abra-cli.ts';
import { AbraClones } from './abra-clone.ts';
import { abraFailure, momentOf } from './abra-errors.ts';
import { AbraHome } from './abra-home.ts';
import { deployedMark, identityFault, isAllChanged, isMarkOf } from './abra-identity.ts';
import { AbraPrerequisites } from './abra-prerequisites.ts';

export interface AbraDriverOptions extends AbraCliOptions {
  /** Name of the server as abra knows it; `default` is the local engine. */
  server: string;
  /** Looks at what abra did: its exit code alone says neither that the spec was applied nor which. */
  engine: Engine;
  /** Absolute. */
  stateDirectory: string;
  log?: Log;
}

const DEPLOY_TIMEOUT_MS = 5 * 60_000;
const UNDEPLOY_TIMEOUT_MS = 2 * 60_000;
const SECRET_TIMEOUT_MS = 60_000;
/** Waiting and looking at the app are ours; domains of tests need no DNS. */
const DEPLOY_FLAGS = ['--chaos', '--force', '--no-domain-checks', '--no-converge-checks'] as const;

/**
 * {@link StackDriver} by the abra CLI. Every app has an ABRA_DIR of its own, in which the recipe is a clone with exactly
 * the revision's commit. Deploys are `--chaos`: abra then deploys the tree as it is and marks the stack with its commit,
 * which is compared with the one that was asked for. That needs a clean tree, so the images of the plan cannot be
 * pinned by digest: abra has the engine resolve them anew. Volumes are the platform's, so `abra app rm` is not used.
 * One call at a time per app.
 */
export class AbraDriver implements StackDriver {
  readonly #options: AbraDriverOptions;
  readonly #cli: AbraCli;
  readonly #clones: AbraClones;
  readonly #prerequisites: AbraPrerequisites;
  readonly #log: Log;
  /** Plans whose private directory was made by this process. */
  readonly #prepared = new WeakSet<StackPlan>();

  constructor(options: AbraDriverOptions) {
    this.#options = options;
    this.#cli = new AbraCli(options);
    this.#clones = new AbraClones(options);
    this.#prerequisites = new AbraPrerequisites({ ...options, cli: this.#cli });
    this.#log = options.log ?? silentLog;
  }

  /** @throws CcError also `Unsupported`: another program than abra, or one before 0.10. */
  async check(plan: StackPlan, signal: AbortSignal): Promise<void> {
    await this.#prerequisites.check(plan, signal);
  }

  async apply(plan: StackPlan, signal: AbortSignal): Promise<void> {
    const { domain } = plan.app;
    await this.#prepare(plan, signal);
    const before = await this.#options.engine.stack(plan.stack, signal);
    const failure = await this.#deploy(domain, signal);
    const after = await this.#options.engine.stack(plan.stack, signal);
    const fault = identityFault(plan, after.services);
    if (failure === undefined) {
      if (fault !== undefined) throw fault;
      return;
    }
    const { error, moment } = failure;
    if (fault !== undefined || moment === 'BeforeApply') throw error;
    if (moment === undefined && !isAllChanged(before, after)) throw error;
    this.#log.warn('abra failed although it applied the spec', { domain, error: explainError(error) });
  }

  async remove({ domain }: AppRef, stack: EngineStack, signal: AbortSignal): Promise<void> {
    if (stack.services.length === 0) return;
    try {
      await this.#undeploy(domain, signal);
    } catch (error) {
      if (signal.aborted || hasCode(error, 'Aborted', 'NoSpace')) throw error;
      this.#log.warn('abra could not undeploy; removing the services directly', { domain, error: explainError(error) });
    }
    for (const { id } of stack.services) await this.#options.engine.removeService(id, signal);
  }

  async createSecret(plan: StackPlan, secret: StackSecret, signal: AbortSignal): Promise<void> {
    const { domain } = plan.app;
    const home = this.#home(domain);
    await this.#prepareOnce(plan, signal);
    await home.noteSecret(secret);
    await this.#cli.run({
      args: ['app', 'secret', 'insert', domain, secret.name, secret.version, secret.file, '--file'],
      directory: home.directory,
      signal,
      timeoutMs: SECRET_TIMEOUT_MS,
    });
    await this.#assertSecret(secret, signal);
  }

  /** By the label of the service that abra marks; that the other services are there is seen by whoever recorded them. */
  isRevision({ services, revision, stack }: DeployedFacts): boolean {
    return isMarkOf(deployedMark(stack, services), revision.commit);
  }

  /** Removes the secrets that abra made, its env file, and the private directory. */
  async forget({ domain }: AppRef, signal: AbortSignal): Promise<void> {
    const home = this.#home(domain);
    const left = async () => {
      const names = (await home.notedSecrets()).map(({ versionedName }) => versionedName);
      const found = names.length === 0 ? [] : await this.#options.engine.secrets('', names, signal);
      return found.filter(({ name }) => names.includes(name));
    };
    if ((await left()).length > 0) await this.#removeSecrets(home, signal);
    for (const { id } of await left()) await this.#options.engine.removeSecret(id, signal);
    await home.remove();
  }

  async leftovers({ domain }: AppRef): Promise<string[]> {
    return (await this.#home(domain).exists()) ? ['directory of abra'] : [];
  }

  #home(domain: string): AbraHome {
    const { stateDirectory, server } = this.#options;
    return new AbraHome({ stateDirectory, domain, server });
  }

  async #prepareOnce(plan: StackPlan, signal: AbortSignal): Promise<void> {
    if (this.#prepared.has(plan) && (await this.#home(plan.app.domain).exists())) return;
    await this.#prepare(plan, signal);
    this.#prepared.add(plan);
  }

  async #prepare(plan: StackPlan, signal: AbortSignal): Promise<void> {
    const home = this.#home(plan.app.domain);
    await home.prepare();
    await this.#clones.makeCatalogue(home.catalogue, signal);
    await this.#clones.checkout(home.recipe(plan.app.recipe), plan.revision, signal);
    await home.writeEnv(plan, this.#options.instanceId);
  }

  async #deploy(domain: string, signal: AbortSignal): Promise<DeployFailure | undefined> {
    const { directory } = this.#home(domain);
    const args = ['app', 'deploy', domain, ...DEPLOY_FLAGS] as const;
    const ended = this.#cli
      .result({ args, directory, signal, timeoutMs: DEPLOY_TIMEOUT_MS })
      .then((result) =>
        failed(result)
          ? { error: abraFailure({ ...result, command: 'app deploy' }), moment: momentOf(result) }
          : undefined,
      );
    return await orElse(ended, 'DeadlineExceeded', (error) => ({ error, moment: undefined }));
  }

  async #undeploy(domain: string, signal: AbortSignal): Promise<void> {
    const home = this.#home(domain);
    const recipe = await home.unpin();
    if (recipe === undefined) throw new CcError('NotFound', `${home.envFile} is not there`);
    await this.#clones.restore(home.recipe(recipe), signal);
    const args = ['app', 'undeploy', domain] as const;
    await this.#cli.run({ args, directory: home.directory, signal, timeoutMs: UNDEPLOY_TIMEOUT_MS });
  }

  async #removeSecrets(home: AbraHome, signal: AbortSignal): Promise<void> {
    const recipe = await home.unpin();
    if (recipe === undefined) return;
    await this.#clones.restore(home.recipe(recipe), signal);
    const result = await this.#cli.result({
      args: ['app', 'secret', 'rm', home.domain, '--all'],
      directory: home.directory,
      signal,
      timeoutMs: SECRET_TIMEOUT_MS,
    });
    if (result.fatal === undefined) return;
    this.#log.warn('abra could not remove secrets; removing them directly', {
      domain: home.domain,
      error: result.fatal,
    });
  }

  /** Abra composes the name by itself, and may have another engine before it. */
  async #assertSecret({ versionedName }: StackSecret, signal: AbortSignal): Promise<void> {
    const found = await this.#options.engine.secrets('', [versionedName], signal);
    if (found.some(({ name }) => name === versionedName)) return;
    throw new CcError('CommandFailed', `abra made no secret ${versionedName} on this engine`, {
      remedy:
        'Name it <stack>_<name>_<version> in the compose file, and let abra.server be the engine of swarm.socket.',
    });
  }
}

interface DeployFailure {
  error: CcError;
  moment: ReturnType<typeof momentOf>;
}
