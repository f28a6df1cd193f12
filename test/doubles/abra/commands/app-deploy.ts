import { assertSecrets } from '../app-secrets.ts';
import type { Command, Invocation } from '../command.ts';
import { composeFilesOf, composeText, loadCompose, variablesOf } from '../compose-config.ts';
import { deployedLabels, docker, stackServices } from '../engine.ts';
import { fatal } from '../fatal.ts';
import { nothing } from '../flags.ts';
import { type App, findApp } from '../home.ts';
import { lintResults } from '../lint-rules.ts';
import { RecipeRepository } from '../recipe-repository.ts';
import { boxTable } from '../table.ts';

const POLL_MS = 200;
const DEFAULT_TIMEOUT_S = 50;

interface Deployment {
  app: App;
  recipe: RecipeRepository;
  chaos: boolean;
  /** Version label: a tag, a commit, or in a chaos deploy the chaos version. */
  version: string;
}

export const appDeploy: Command = {
  path: ['app', 'deploy'],
  aliases: ['d'],
  usage: '<domain> [version]',
  help: 'Deploy an app',
  flags: [
    nothing('no-domain-checks', 'D', 'disable public DNS checks'),
    nothing('no-converge-checks', 'c', 'disable converge logic checks'),
    nothing('chaos', 'C', 'ignore uncommitted recipes changes'),
    nothing('force', 'f', 'perform action without further prompt'),
    nothing('latest', 'l', 'deploy latest recipe version'),
    nothing('ignore-env-version', 'i', 'ignore .env version'),
    nothing('show-unchanged', 'U', 'show all configs & images'),
  ],
  async run(invocation) {
    const { words, has, output } = invocation;
    const chaos = has('chaos');
    // [M] Contradictory arguments are refused.
    if (chaos && words[1] !== undefined) fatal('cannot use [version] and --chaos together');
    const app = findApp(words[0]);
    const recipe = prepareRecipe(app, invocation);
    assertDeployable(app, invocation);
    const version = chaos ? recipe.chaosVersion() : chooseVersion(app, recipe, invocation);
    if (!chaos) recipe.checkout(version);
    assertSecrets(app, recipe);
    const deployment = { app, recipe, chaos, version };
    const text = stackText(deployment, invocation);
    output.print(boxTable(['DEPLOY OVERVIEW', ''], overview(deployment)));
    applyStack(app.stack, text, invocation);
    if (!has('no-converge-checks')) await converge(app.stack, timeoutOf(app.stack));
    // [V] Last of all the version goes into the env file.
    app.pinVersion(version);
    output.info('deploy succeeded 🟢');
  },
};

/** [V] Ensure, then the error rules of lint; chaos skips both. */
function prepareRecipe(app: App, { words: [, version], has, offline }: Invocation): RecipeRepository {
  const recipe = new RecipeRepository(app.recipe);
  const chaos = has('chaos');
  const ignored = has('latest') || has('ignore-env-version');
  recipe.ensure({ chaos, offline, version: version ?? (ignored ? undefined : app.pin) });
  if (chaos) return recipe;
  const broken = lintResults(recipe).find(({ level, verdict }) => level === 'error' && verdict === 'Broken');
  // [M] One lightweight tag anywhere in the repository is enough.
  if (broken) fatal(`lint error in ${recipe.name} configs: "${broken.text}" failed lint checks (${broken.ref})`);
  return recipe;
}

/** [M] What is deployed is not deployed again without `--force` or `--chaos`. */
function assertDeployable(app: App, { has }: Invocation): void {
  if (docker(['info', '--format', '{{.Swarm.LocalNodeState}}']).out.trim() !== 'active') {
    fatal(`swarm mode not enabled on ${app.server}?`);
  }
  if (deployedLabels(app.stack) && !has('force') && !has('chaos')) fatal(`${app.domain} is already deployed`);
}

/** [V] Argument, env file, latest tag, latest commit, in this order. */
function chooseVersion(app: App, recipe: RecipeRepository, { words: [, version], has }: Invocation): string {
  const pin = has('latest') || has('ignore-env-version') ? undefined : app.pin;
  return version ?? pin ?? recipe.versions().at(-1) ?? recipe.head().slice(0, 8);
}

/** The stack with abra's labels and variables in it. */
function stackText({ app, recipe, chaos, version }: Deployment, { output }: Invocation): string {
  const { env, stack } = app;
  const variables = variablesOf(recipe, env, stack);
  const tree = loadCompose(recipe, composeFilesOf(env), variables);
  const main = tree.services.app ?? fatal(`no service named app in ${recipe.name}`);
  const label = (name: string): string => `coop-cloud.${stack}.${name}`;
  // [V] Labels of the service `app` alone; a chaos deploy leaves the version label as the file has it.
  const labels = {
    ...main.deploy?.labels,
    [label('recipe')]: recipe.name,
    [label('chaos')]: String(chaos),
    [label(chaos ? 'chaos-version' : 'version')]: version,
  };
  main.deploy = { ...main.deploy, labels };
  // [V] All keys of the env file go into the environment of `app`, TYPE with the version.
  main.environment = { ...env, ...main.environment, TYPE: `${recipe.name}:${version}` };
  const sample = [...(recipe.read('.env.sample') ?? '').matchAll(/^([A-Z]\w*)=/gm)].map(([, key = '']) => key);
  // [V] Keys of the sample that the env file lacks are named.
  for (const key of sample.filter((each) => !(each in env))) output.warn(`${key} missing from ${app.domain}.env`);
  return composeText(tree);
}

function overview({ app, recipe, version }: Deployment): string[][] {
  return [
    ['DOMAIN', app.domain],
    ['RECIPE', recipe.name],
    ['SERVER', app.server],
    ['NEW DEPLOYMENT', version],
  ];
}

/** [V] The image's digest is looked up always; failing that is only a warning. */
function applyStack(stack: string, text: string, { output }: Invocation): void {
  const words = ['stack', 'deploy', '--resolve-image', 'always', '--compose-file', '-', stack];
  const { code, out, err } = docker(words, text);
  for (const line of `${out}${err}`.split('\n').filter(Boolean)) output.info(line);
  if (code !== 0) fatal(err.trim().split('\n').at(-1) ?? 'stack deploy failed');
}

/** [V] The label `timeout` says how long to wait. [M] Without it 50 s. */
function timeoutOf(stack: string): number {
  const app = stackServices(stack).find(({ name }) => name === 'app');
  return Number(app?.labels[`coop-cloud.${stack}.timeout`] ?? DEFAULT_TIMEOUT_S);
}

/** [V] Waiting can end in `deploy failed` although the spec was applied. */
async function converge(stack: string, timeoutS: number): Promise<void> {
  for (let waited = 0; waited < timeoutS * 1_000; waited += POLL_MS) {
    const services = stackServices(stack);
    if (services.some(({ update }) => update?.startsWith('rollback'))) fatal('deploy failed 🛑');
    if (services.every(({ running, wanted }) => running === wanted)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  fatal('deploy failed 🛑');
}
