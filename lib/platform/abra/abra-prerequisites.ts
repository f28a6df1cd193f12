import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CcError, orElse } from '../../errors.ts';
import type { CommandRunner } from '../../exec/command.ts';
import { assertRecipeFiles } from '../swarm/recipe-files.ts';
import type { StackPlan } from '../swarm/stack/driver.ts';
import type { AbraCli } from './abra-cli.ts';
import { checkedRecipe } from './abra-home.ts';
import { supportedVersion } from './abra-version.ts';

export interface AbraPrerequisitesOptions {
  cli: AbraCli;
  runner: CommandRunner;
  path: string;
  /** Absolute. */
  stateDirectory: string;
}

/** Abra cuts longer stack names, and two apps could then be one. */
const STACK_NAME_LIMIT = 45;
const TOOL_TIMEOUT_MS = 20_000;

/** What must hold before abra is given an app. The programs are asked once per process; what failed is asked again. */
export class AbraPrerequisites {
  readonly #options: AbraPrerequisitesOptions;
  #answered = false;

  constructor(options: AbraPrerequisitesOptions) {
    this.#options = options;
  }

  /**
   * Looks at the programs and at the plan; touches nothing of the app.
   * @throws CcError `NotFound` (a program is missing), `Unsupported` (too old, or what abra cannot do), `InvalidInput`.
   */
  async check(plan: StackPlan, signal: AbortSignal): Promise<void> {
    await this.#checkPrograms(signal);
    checkedRecipe(plan.app.recipe);
    refusePlan(plan);
    await assertRecipeFiles(plan);
  }

  async #checkPrograms(signal: AbortSignal): Promise<void> {
    if (this.#answered) return;
    const { cli, stateDirectory } = this.#options;
    const directory = join(stateDirectory, 'abra');
    await mkdir(directory, { recursive: true });
    supportedVersion(await cli.version(directory, signal));
    await this.#checkGit(directory, signal);
    this.#answered = true;
  }

  /** Clones are made with it. */
  async #checkGit(cwd: string, signal: AbortSignal): Promise<void> {
    const { runner, path } = this.#options;
    const env = { PATH: path, LANG: 'C' };
    const asked = runner.run({ argv: ['git', '--version'], cwd, env, signal, timeoutMs: TOOL_TIMEOUT_MS });
    await orElse(asked, 'NotFound', (cause) => {
      const remedy = 'Install it (Debian: git).';
      throw new CcError('NotFound', `there is no git on the PATH ${path}`, { cause, remedy });
    });
  }
}

/** @throws CcError for what abra cannot deploy although a stack deploy could. */
function refusePlan({ stack, app, compose, revision }: StackPlan): void {
  if (stack.length > STACK_NAME_LIMIT)
    throw new CcError('InvalidInput', `the stack name ${stack} has more than ${STACK_NAME_LIMIT} characters`, {
      remedy: 'Choose a shorter domain: abra cuts the name.',
    });
  const odd = app.composeFiles.find(
    (file) => file.includes(':') || file.startsWith('/') || file.split('/').includes('..'),
  );
  if (odd !== undefined)
    throw new CcError('InvalidInput', `abra cannot be given the compose file ${JSON.stringify(odd)}`, {
      remedy: 'Name files of the recipe, without a colon.',
    });
  if (!compose.services.some(({ name }) => name === 'app'))
    throw new CcError('Unsupported', `${app.recipe} has no service app, which abra needs`, {
      remedy: 'Name the main service app, or use the platform Swarm.',
    });
  if (revision.repository === undefined)
    throw new CcError('Internal', `nothing says from which repository the commit ${revision.commit} comes`);
}
