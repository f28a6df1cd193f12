/**
 * A Debian with real servers, for tests of recipes like those that people run: `node test/rig/debian-image.ts` for the
 * engine of `DOCKER_HOST`. Needs a Debian mirror, so it is built outside the test engine's network.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CcError, explainError } from '../../lib/errors.ts';
import { type CommandRunner, commandRunner } from '../../lib/exec/command.ts';

export const DEBIAN_IMAGE = 'cc-ci-test/debian:1';
const PACKAGES = ['postgresql'];
const BUILD_TIMEOUT_MS = 5 * 60_000;

export interface BuildDebianImageOptions {
  /** The engine, `unix:///…`. */
  dockerHost: string;
  runner: CommandRunner;
  /** PATH on which docker and mmdebstrap are found. */
  path: string;
  signal?: AbortSignal;
}

/** No manuals, no database cluster made at installation, no waiting for the disk. */
const SCRIPT = `docker image inspect "$1" >/dev/null 2>&1 && exit 0
mmdebstrap --quiet --mode=root --variant=minbase --include="$2" --skip=cleanup/reproducible \\
  --aptopt='Acquire::Languages "none"' --aptopt='Apt::Install-Recommends "false"' --dpkgopt=force-unsafe-io \\
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \\
  --dpkgopt='path-exclude=/usr/share/locale/*' \\
  --essential-hook='mkdir -p "$1/etc/postgresql-common"' \\
  --essential-hook='echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"' \\
  bookworm "$3"
docker import "$3" "$1"
`;

/**
 * Builds {@link DEBIAN_IMAGE} unless the engine has it: about a minute.
 * @throws CcError `CommandFailed` with what mmdebstrap or the engine said.
 */
export async function buildDebianImage({ dockerHost, runner, path, signal }: BuildDebianImageOptions): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-debian-'));
  try {
    const { exitCode, outcome, all } = await runner.run({
      argv: ['sh', '-euc', SCRIPT, 'sh', DEBIAN_IMAGE, PACKAGES.join(','), join(scratch, 'root.tar')],
      cwd: scratch,
      env: { PATH: path, LANG: 'C', HOME: scratch, TMPDIR: scratch, DOCKER_HOST: dockerHost },
      timeoutMs: BUILD_TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    });
    if (exitCode === 0 && outcome === 'Exited') return;
    throw new CcError('CommandFailed', `${DEBIAN_IMAGE} could not be built (${outcome}): ${all.trim()}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dockerHost = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  buildDebianImage({ dockerHost, runner: commandRunner, path: process.env.PATH ?? '/usr/bin:/bin' }).catch(
    (error: unknown) => {
      process.stderr.write(`${explainError(error)}\n`);
      process.exitCode = 1;
    },
  );
}
