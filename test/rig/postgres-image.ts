/**
 * This machine's own PostgreSQL and Perl, for tests of a recipe like those that people run: `node
 * test/rig/postgres-image.ts` for the engine of `DOCKER_HOST`.
 */
import { globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CcError, explainError } from '../../lib/errors.ts';
import { type CommandRunner, commandRunner } from '../../lib/exec/command.ts';
import { type HostImage, hostImageCommand } from './host-image.ts';

export const POSTGRES_IMAGE = 'cc-ci-test/postgres:1';
/** Those of the server, and what its entrypoint starts. */
const SERVER = ['postgres', 'initdb', 'pg_ctl', 'pg_dump', 'pg_isready', 'psql'];
/** The shell of a busybox would take its own of these. */
const OTHERS = ['sh', 'perl', 'install', 'cp', 'setpriv'];
const BUILD_TIMEOUT_MS = 5 * 60_000;

export interface BuildPostgresImageOptions {
  /** The engine, `unix:///…`. */
  dockerHost: string;
  runner: CommandRunner;
  /** PATH on which docker, busybox and the programs are found. */
  path: string;
  signal?: AbortSignal;
}

/**
 * Builds {@link POSTGRES_IMAGE} unless the engine has it: seconds.
 * @throws CcError `CommandFailed` with what was said; `NotFound` without a PostgreSQL.
 */
export async function buildPostgresImage({
  dockerHost,
  runner,
  path,
  signal,
}: BuildPostgresImageOptions): Promise<void> {
  const image = imageOf(globSync('/usr/lib/postgresql/*/bin/initdb').toSorted().at(-1));
  const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-image-'));
  const env = { PATH: path, LANG: 'C', HOME: scratch, TMPDIR: scratch, DOCKER_HOST: dockerHost };
  try {
    const { exitCode, outcome, all } = await runner.run({
      argv: hostImageCommand(image, join(scratch, 'root')),
      cwd: scratch,
      env,
      timeoutMs: BUILD_TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    });
    if (exitCode === 0 && outcome === 'Exited') return;
    throw new CcError('CommandFailed', `${POSTGRES_IMAGE} could not be built (${outcome}): ${all.trim()}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Perl finds its modules, and the server its texts and extensions, where they lie on the machine. */
function imageOf(initdb: string | undefined): HostImage {
  if (initdb === undefined) throw new CcError('NotFound', 'there is no PostgreSQL below /usr/lib/postgresql');
  const home = dirname(dirname(initdb));
  const programs = [...SERVER.map((name) => join(home, 'bin', name)), ...OTHERS];
  const perl = globSync('/usr/lib/*/perl-base');
  const trees = [...perl, join(home, 'lib'), home.replace('/lib/', '/share/'), '/usr/share/zoneinfo'];
  return { name: POSTGRES_IMAGE, programs, trees };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dockerHost = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  buildPostgresImage({ dockerHost, runner: commandRunner, path: process.env.PATH ?? '/usr/bin:/bin' }).catch(
    (error: unknown) => {
      process.stderr.write(`${explainError(error)}\n`);
      process.exitCode = 1;
    },
  );
}
