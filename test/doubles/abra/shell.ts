import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Said {
  code: number;
  out: string;
  err: string;
}

export interface SayOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
}

/** Runs a program to its end. */
export function run([program = '', ...args]: readonly string[], options: SayOptions = {}): Said {
  const { cwd, env, input = '' } = options;
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    input,
    env: env ?? process.env,
    maxBuffer: 2 ** 28,
    ...(cwd === undefined ? {} : { cwd }),
  });
  return { code: result.status ?? 1, out: result.stdout ?? '', err: result.stderr ?? String(result.error ?? '') };
}

/** Absolute path of a program, so that a child's PATH may be anything. */
export function pathOf(program: string): string {
  const places = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, program));
  return places.find((place) => existsSync(place)) ?? program;
}
