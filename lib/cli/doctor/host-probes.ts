import { hasCode } from '../../errors.ts';
import type { CommandRunner } from '../../exec/command.ts';
import { type Finding, ok, type Probe, wrong } from '../../platform/probe.ts';

export interface HostProbesOptions {
  runner: CommandRunner;
  /** PATH on which the controller's children are looked for. */
  path: string;
  /** The platform that is checked for. */
  platform: 'Auto' | 'Process' | 'Swarm' | 'Abra';
}

interface Tool {
  name: string;
  /** Package of Debian that holds it. */
  debian: string;
  platforms: readonly HostProbesOptions['platform'][];
  use: string;
}

const ALL = ['Auto', 'Process', 'Swarm', 'Abra'] as const;
const TIMEOUT_MS = 20_000;
const TOOLS: readonly Tool[] = [
  { name: 'git', debian: 'git', platforms: ALL, use: 'recipes are fetched with it' },
  { name: 'cp', debian: 'coreutils', platforms: ALL, use: 'sets are copied with it' },
  { name: 'sync', debian: 'coreutils', platforms: ALL, use: 'copies are made durable with it' },
  { name: 'tar', debian: 'tar', platforms: ALL, use: 'volumes are copied with it' },
  { name: 'docker', debian: 'docker.io', platforms: ['Swarm', 'Abra'], use: 'stacks are deployed with it' },
  { name: 'script', debian: 'bsdutils', platforms: ['Abra'], use: 'it gives abra a terminal' },
];

/** What hooks and tests of some recipes run; a host where none of those is tested can do without. */
const RECIPE_TOOLS: readonly Omit<Tool, 'platforms'>[] = [
  { name: 'git-lfs', debian: 'git-lfs', use: 'some recipes keep large files with it, and their hooks fetch them' },
  { name: 'bash', debian: 'bash', use: 'many hooks and tests are written for it' },
  { name: 'curl', debian: 'curl', use: 'many hooks and tests ask the app with it' },
  { name: 'jq', debian: 'jq', use: 'many hooks and tests read JSON with it' },
  { name: 'python3', debian: 'python3', use: 'many hooks and tests are written for it' },
];

/** Whether the programs that hooks and tests of recipes may run are on the PATH; a missing one is no failure. */
export function recipeProbes({ runner, path }: Pick<HostProbesOptions, 'runner' | 'path'>): Probe[] {
  return RECIPE_TOOLS.map((tool) => ({
    area: 'Recipes',
    name: tool.name,
    look: async (signal) => {
      const found = await toolAnswers(tool, { runner, path, signal });
      return found.verdict === 'Failed' ? { ...found, verdict: 'Unknown' } : found;
    },
  }));
}

/** Whether the programs that the platform needs are on the PATH and answer `--version`. */
export function hostProbes({ runner, path, platform }: HostProbesOptions): Probe[] {
  const needed = TOOLS.filter(({ platforms }) => platforms.includes(platform));
  return needed.map((tool) => ({
    area: 'Host',
    name: tool.name,
    look: async (signal) => await toolAnswers(tool, { runner, path, signal }),
  }));
}

async function toolAnswers(
  { name, debian, use }: Omit<Tool, 'platforms'>,
  { runner, path, signal }: { runner: CommandRunner; path: string; signal: AbortSignal },
): Promise<Finding> {
  const remedy = `Install it (Debian: ${debian}), or set process.path to where it is.`;
  try {
    const env = { PATH: path, HOME: '/nonexistent', LANG: 'C', LC_ALL: 'C' };
    const result = await runner.run({ argv: [name, '--version'], cwd: '/', env, signal, timeoutMs: TIMEOUT_MS });
    const [said = ''] = (result.stdout || result.stderr).split('\n');
    if (result.outcome === 'TimedOut') return wrong(`${name} --version does not end`, remedy);
    return result.exitCode === 0 ? ok(said.trim()) : wrong(`${name} --version fails: ${said.trim()}`, remedy);
  } catch (error) {
    if (!hasCode(error, 'NotFound')) throw error;
    return wrong(`there is no ${name} on the PATH ${path}: ${use}`, remedy);
  }
}
