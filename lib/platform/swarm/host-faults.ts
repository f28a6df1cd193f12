import type { HostLack } from '../platform.ts';

/** What the engine says of a task that its host has no means for. */
const LACKS: readonly { pattern: RegExp; lack: (found: string) => HostLack }[] = [
  {
    pattern: /bind source path does not exist: (\S+)/,
    lack: (path) => ({
      what: `the path ${path} of a bind mount`,
      remedy: `Make ${path} there, or let the recipe use a volume.`,
    }),
  },
  {
    pattern: /adding custom device "?([^":]+)"?: no such file or directory/,
    lack: (device) => ({ what: `the device ${device}`, remedy: 'Provide it, or take it out of the recipe.' }),
  },
  {
    pattern: /error looking up (?:volume|network|log(?:ging)?) plugin ([^\s:]+)/,
    lack: (plugin) => ({ what: `the plugin ${plugin}`, remedy: `Install it there: docker plugin install ${plugin}.` }),
  },
  {
    pattern: /as there are only (\d+) CPUs? available/,
    lack: (count) => ({
      what: `more than ${count} CPUs`,
      remedy: 'Lower the limits of the recipe, or take a larger machine.',
    }),
  },
];

/** What the engine's host lacks to run a task; undefined: its words say no such thing. Pure. */
export function hostLack(said: string): HostLack | undefined {
  const [first] = LACKS.flatMap(({ pattern, lack }) => {
    const found = pattern.exec(said)?.[1];
    return found === undefined ? [] : [lack(found)];
  });
  return first;
}
