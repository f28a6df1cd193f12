import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { orNothing } from '../errors.ts';
import { DirectoryHandle } from '../fs/directory-handle.ts';
import { eachDirectory } from '../fs/each-directory.ts';
import { COLD_STAGES, QUICK_STAGES } from '../run-record/stages.ts';
import type { ObjectView } from './view.ts';

/** One log of a service, a test or a hook. */
export interface LogFile {
  path: string;
  /** Its own: the path below its directory without `.log`. */
  name: string;
  /** The service, test or hook that it is of: the same while the app is deployed and after it. */
  part: string;
  /** The stage that kept it; absent: the app is still there, or no stage did. */
  stage?: string;
}

/**
 * The logs of an object, in the order in which they were written last: of a run those among its artifacts and, while it is
 * deployed, its services'; of others those of the services of their app.
 */
export async function logFilesOf(stateDirectory: string, { object, status }: ObjectView): Promise<LogFile[]> {
  const artifacts =
    typeof status?.artifacts === 'string' ? status.artifacts : `runs/${object.name}-${object.uid.slice(0, 8)}`;
  const own = object.kind === 'Run' ? await logsBelow(join(stateDirectory, artifacts, 'logs')) : [];
  const services = typeof status?.domain === 'string' ? await serviceLogs(stateDirectory, status.domain) : [];
  const known = new Set(own.map((file) => file.name));
  return [...own, ...services.filter((file) => !known.has(file.name))];
}

/** Whether people mean that log: by the service, test or hook, or by its own name. Pure. */
export function isNamed({ name, part }: LogFile, word: string): boolean {
  return part === word || name === word;
}

const STAGES: readonly string[] = [...COLD_STAGES, ...QUICK_STAGES];

/** `<stage>-service-<service>` and `<stage>-<test or hook>`, as runs name what they keep. Pure. */
function partOf(name: string): Pick<LogFile, 'part' | 'stage'> {
  const stage = STAGES.find((one) => name.startsWith(`${one.toLowerCase()}-`));
  if (stage === undefined) return { part: name };
  return { part: name.slice(stage.length + 1).replace(/^service-/, ''), stage };
}

async function serviceLogs(stateDirectory: string, domain: string): Promise<LogFile[]> {
  const directory = join(stateDirectory, 'apps', basename(domain), 'services');
  const names = await namesIn(directory);
  const files = await Promise.all(
    names.map(async (service) => ({ service, entries: await namesIn(join(directory, service)) })),
  );
  return files
    .filter(({ entries }) => entries.includes('log'))
    .map(({ service }) => ({ name: service, part: service, path: join(directory, service, 'log') }));
}

/** Follows no link: what a link names may be any file of the host. What is kept for programs is no log. */
async function logsBelow(directory: string): Promise<LogFile[]> {
  const start = await DirectoryHandle.open(directory);
  if (start === undefined) return [];
  const found: { path: string; writtenNs: bigint }[] = [];
  await eachDirectory(start, async (one) => {
    for (const name of await one.entries()) {
      const stats = await one.lstat(name);
      const path = one.whereOf(name);
      if (stats?.isFile() && !path.endsWith('-tasks.json')) found.push({ path, writtenNs: stats.mtimeNs });
    }
  });
  return found
    .sort((a, b) => Number(a.writtenNs - b.writtenNs) || (a.path < b.path ? -1 : 1))
    .map(({ path }) => {
      const name = relative(directory, path).replace(/\.log$/, '');
      return { path, name, ...partOf(name) };
    });
}

async function namesIn(directory: string): Promise<string[]> {
  return ((await orNothing(readdir(directory), 'ENOENT', 'ENOTDIR')) ?? []).sort();
}
