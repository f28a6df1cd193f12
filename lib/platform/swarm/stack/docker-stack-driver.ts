import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, orElse } from '../../../errors.ts';
import { type CommandResult, type CommandRunner, TOKEN_VARIABLE } from '../../../exec/command.ts';
import { stackNameOf } from '../../../recipe/compose.ts';
import { readSecretValue } from '../../../recipe/secrets.ts';
import { Serial } from '../../../serial.ts';
import type { AppRef } from '../../platform.ts';
import { dockerFailure } from '../docker-failure.ts';
import { type Engine, type EngineStack, STACK_LABEL } from '../engine/engine.ts';
import { hiddenTexts } from '../hidden-texts.ts';
import { assertRecipeFiles } from '../recipe-files.ts';
import { refuseUnsupported } from '../swarm-support.ts';
import type { DeployedFacts, StackDriver, StackPlan, StackSecret } from './driver.ts';
import { judgedFile, stackFile } from './file.ts';
import { COMMIT_LABEL, INSTANCE_LABEL } from './plan.ts';

export interface DockerStackDriverOptions {
  engine: Engine;
  /** Socket of the engine. */
  socketPath: string;
  runner: CommandRunner;
  /** PATH on which the docker program is looked for. */
  path: string;
  instanceId: string;
  /** Absolute; the CLI's own directory is made below it. */
  stateDirectory: string;
}

const DEADLINE_MS = 5 * 60_000;
const CHECK_DEADLINE_MS = 60_000;

/**
 * {@link StackDriver} by `docker stack deploy`. The child sees nothing of the app's env: the text it reads has no
 * variables left. Deploys of one stack run one after the other, because the engine fails on parallel ones.
 */
export class DockerStackDriver implements StackDriver {
  readonly #options: DockerStackDriverOptions;
  readonly #home: string;
  readonly #deploys = new Serial();

  constructor(options: DockerStackDriverOptions) {
    this.#options = options;
    this.#home = join(options.stateDirectory, 'docker-cli');
  }

  async check(plan: StackPlan, signal: AbortSignal): Promise<void> {
    refuseUnsupported(plan.compose);
    await assertRecipeFiles(plan);
    // Each file as it is written first: the one that is made of them all is in our form, which hides what is odd in them.
    const inputs = [...plan.compose.judged.map(({ tree }) => judgedFile(tree)), this.#text(plan)];
    for (const input of inputs) {
      const argv = ['stack', 'config', '--compose-file', '-'];
      const result = await this.#docker(argv, { input, signal, timeoutMs: CHECK_DEADLINE_MS });
      // CLIs before 23 cannot check without deploying: what is wrong then shows in apply.
      if (/not a docker command|unknown command|unknown shorthand|unknown flag/.test(result.stderr)) return;
      await this.#assertDone(result, plan);
    }
  }

  async apply(plan: StackPlan, signal: AbortSignal): Promise<void> {
    await assertRecipeFiles(plan);
    const argv = ['stack', 'deploy', '--compose-file', '-', '--resolve-image', 'never', plan.stack];
    const input = this.#text(plan);
    await this.#deploys.run(plan.stack, async () => {
      if (signal.aborted) throw aborted(plan.stack);
      const result = await this.#docker(argv, { input, signal, timeoutMs: DEADLINE_MS });
      await this.#assertDone(result, plan);
    });
  }

  async remove(app: AppRef, stack: EngineStack, signal: AbortSignal): Promise<void> {
    await this.#deploys.run(stackNameOf(app.domain), async () => {
      for (const { id } of stack.services) await this.#options.engine.removeService(id, signal);
    });
  }

  async createSecret({ stack }: StackPlan, secret: StackSecret, signal: AbortSignal): Promise<void> {
    const data = await readSecretValue(secret.name, secret.file);
    const labels = { [STACK_LABEL]: stack, [INSTANCE_LABEL]: this.#options.instanceId };
    await this.#options.engine.createSecret({ name: secret.versionedName, labels, data }, signal);
  }

  isRevision({ services, revision }: DeployedFacts): boolean {
    return services.length > 0 && services.every(({ labels }) => labels[COMMIT_LABEL] === revision.commit);
  }

  async forget(app: AppRef): Promise<void> {
    await this.#deploys.run(stackNameOf(app.domain), async () => {});
  }

  async leftovers(): Promise<string[]> {
    return [];
  }

  #text(plan: StackPlan): string {
    return stackFile({ plan, instanceId: this.#options.instanceId });
  }

  /**
   * Flags rather than variables say where the engine and the CLI's files are: the CLI gives an empty key of a service
   * the value that its own environment has under that name.
   */
  async #docker(
    args: readonly string[],
    options: { input: string; signal: AbortSignal; timeoutMs: number },
  ): Promise<CommandResult> {
    const { path, socketPath, runner, instanceId } = this.#options;
    await mkdir(this.#home, { recursive: true, mode: 0o700 });
    const ended = runner.run({
      argv: ['docker', '--config', this.#home, '--host', `unix://${socketPath}`, ...args],
      cwd: this.#home,
      env: { PATH: path, HOME: this.#home, [TOKEN_VARIABLE]: `${instanceId}/child/${randomUUID()}` },
      ...options,
    });
    return await orElse(ended, 'NotFound', (cause) => {
      const remedy = 'Install the docker CLI (Debian: docker.io or docker-cli).';
      throw new CcError('NotFound', `there is no docker program on the PATH ${path}`, { cause, remedy });
    });
  }

  async #assertDone(result: CommandResult, plan: StackPlan): Promise<void> {
    const { stack, compose } = plan;
    if (result.outcome === 'Aborted') throw aborted(stack);
    if (result.outcome === 'TimedOut')
      throw new CcError('DeadlineExceeded', `docker did not end with the stack ${stack} in time`, {
        remedy: 'See whether the engine is busy: docker node ls.',
      });
    if (result.exitCode === 0) return;
    const secrets = await hiddenTexts(plan);
    throw dockerFailure({ said: result.all, exitCode: result.exitCode, compose, stack, secrets });
  }
}

function aborted(stack: string): CcError {
  return new CcError('Aborted', `the deploy of ${stack} was aborted`);
}
