import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { StackPlan } from '../../../lib/platform/swarm/stack/driver.ts';
import { fileOf } from '../../unit/platform/swarm/recorded-stack-files.ts';
import { STACK } from '../../unit/platform/swarm/stack-plans.ts';

type Tree = Record<string, unknown>;

const OURS = /^cc-ci\.|^coop-cloud\..*\.(recipe|chaos|chaos-version)$/;
/** What the order of says nothing. */
const SETS = new Set(['ports', 'volumes', 'secrets', 'configs']);
/** Lists in which repeats mean something; elsewhere one file cannot have them, though the CLI makes them of several. */
const WORDS = new Set(['command', 'entrypoint', 'test', 'aliases']);

/** Whether the docker CLI on PATH has `stack config`: from 23 on. `home` is an empty directory. */
export function hasStackConfig(home: string): boolean {
  const said = spawnSync('docker', ['--config', home, 'stack', 'config', '--help'], { encoding: 'utf8' });
  return said.stdout?.includes('docker stack config') ?? false;
}

interface Merged {
  services: Record<string, { environment: Record<string, unknown> }>;
}

/** What the CLI makes of a recipe's files, every scalar as the text that it prints. @throws what the CLI says. */
export function mergedByDocker(plan: StackPlan, home: string): Merged {
  const files = plan.app.composeFiles.map((file) => join(plan.revision.directory, file));
  return parse(configText({ home, files, env: { ...plan.app.env, STACK_NAME: STACK } }), { schema: 'failsafe' });
}

/** What the CLI makes of a recipe's files, and of our stack file of it, each in plain form. @throws what the CLI says. */
export function bothForms(plan: StackPlan, home: string): { theirs: unknown; ours: unknown } {
  const { directory } = plan.revision;
  const paths = plan.app.composeFiles.map((file) => join(directory, file));
  const theirs = config({ home, files: paths, env: { ...plan.app.env, STACK_NAME: STACK } });
  const ours = config({ home, files: ['-'], env: {}, input: fileOf(plan) });
  return { theirs: plainForm(theirs), ours: plainForm(ours) };
}

/** Whether the CLI takes a compose file. */
export function takes(text: string, { home, env }: Pick<ConfigOptions, 'home' | 'env'>): boolean {
  const argv = ['--config', home, 'stack', 'config', '--compose-file', '-'];
  return spawnSync('docker', argv, { input: text, env: { ...env, PATH: process.env.PATH } }).status === 0;
}

interface ConfigOptions {
  home: string;
  files: readonly string[];
  env: Readonly<Record<string, string>>;
  input?: string;
}

/** The CLI's own merged form of files, or of a text on standard input. */
function config(options: ConfigOptions): Tree {
  return parse(configText(options));
}

function configText({ home, files, env, input = '' }: ConfigOptions): string {
  const argv = ['--config', home, 'stack', 'config', ...files.flatMap((file) => ['--compose-file', file])];
  const child = spawnSync('docker', argv, { input, env: { ...env, PATH: process.env.PATH }, encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`docker stack config: ${child.stderr}`);
  return child.stdout;
}

/** Without our labels, without what says nothing, sets in one order. */
function plainForm(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => plainForm(item));
    if (SETS.has(key)) return items.map((item) => JSON.stringify(item)).toSorted();
    return WORDS.has(key) ? items : [...new Set(items)];
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name]) => !(key === 'labels' && OURS.test(name)))
    .map(([name, item]) => [name, plainForm(item, name)] as const)
    .filter(([name, item]) => !saysNothing(item) && name !== '')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function saysNothing(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}
