import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Serves files, sleeps, fails: everything that a test needs of a container, in 2 MB. */
export const BUSYBOX_IMAGE = 'cc-ci-test/busybox:1';

const DOCKERFILE = `FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
ENV PATH=/bin
RUN ["/bin/busybox", "--install", "/bin"]
STOPSIGNAL SIGKILL
CMD ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/"]
`;

/** Socket of the engine that tests may use. @throws when the suite was started without one. */
export function testSocket(): string {
  const socket = process.env.CC_CI_TEST_SOCKET;
  if (socket) return socket;
  throw new Error('CC_CI_TEST_SOCKET does not name the socket of an engine: run this suite through npm test');
}

/** Runs the docker CLI against the test engine; gives standard output. @throws when it fails. */
export function docker(...args: readonly string[]): string {
  const env = { PATH: process.env.PATH, HOME: tmpdir(), DOCKER_HOST: `unix://${testSocket()}`, DOCKER_BUILDKIT: '0' };
  return execFileSync('docker', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });
}

/** Builds {@link BUSYBOX_IMAGE} unless the engine has it. Needs the static busybox of Debian. */
export function ensureBusyboxImage(): void {
  if (docker('image', 'ls', '-q', BUSYBOX_IMAGE).trim() !== '') return;
  const source = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (source === undefined) throw new Error('there is no busybox: install the Debian package busybox-static');
  const directory = mkdtempSync(join(tmpdir(), 'ccci-image-'));
  try {
    copyFileSync(source, join(directory, 'busybox'));
    writeFileSync(join(directory, 'Dockerfile'), DOCKERFILE);
    docker('build', '--quiet', '--tag', BUSYBOX_IMAGE, directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
