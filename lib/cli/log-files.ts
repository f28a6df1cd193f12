import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { orNothing } from '../errors.ts';
import { DirectoryHandle } from '../fs/directory-handle.ts';
import { eachDirectory } from '../fs/each-directory.ts';
import type { ObjectView } from './view.ts';

/** One log of a service, a test or a hook. */
export interface LogFile {
  path: string;
  /** What people call it: the path below its directory without `.log`. */
  name: string;
}

/**
 * The logs of an object, by name: of a run those among its artifacts and, while it is deployed, its services'; of
 * others those of the services of their app.
 */
export async function logFilesOf(stateDirectory: string, { object, status }: ObjectView): Promise<LogFile[]> {
  const artifacts =
    typeof status?.artifacts === 'string' ? status.artifacts : `runs/${object.name}-${object.uid.slice(0, 8)}`;
  const own = object.kind === 'Run' ? await logsBelow(join(stateDirectory, artifacts, 'logs')) : [];
  const services = typeof status?.domain === 'string' ? await serviceLogs(stateDirectory, status.domain) : [];
  const known = new Set(own.map((file) => file.name));
  return [...own, ...services.filter((file) => !known.has(file.name))];
}

async function serviceLogs(stateDirectory: string, domain: string): Promise<LogFile[]> {
  const directory = join(stateDirectory, 'apps', basename(domain), 'services');
  const names = await namesIn(directory);
  const files = await Promise.all(
    names.map(async (service) => ({ service, entries: await namesIn(join(directory, service)) })),
  );
  return files
    .filter(({ entries }) => entries.includes('log'))
    .map(({ service }) => ({ name: service, path: join(directory, service, 'log') }));
}

/** Follows no link: what a link names may be any file of the host. */
async function logsBelow(directory: string): Promise<LogFile[]> {
  const start = await DirectoryHandle.open(directory);
  if (start === undefined) return [];
  const paths: string[] = [];
  await eachDirectory(start, async (one) => {
    for (const name of await one.entries()) if ((await one.lstat(name))?.isFile()) paths.push(one.whereOf(name));
  });
  return paths.sort().map((path) => ({ path, name: relative(directory, path).replace(/\.log$/, '') }));
}

async function namesIn(directory: string): Promise<string[]> {
  return ((await orNothing(readdir(directory), 'ENOENT', 'ENOTDIR')) ?? []).sort();
}
