import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type HostImage, hostImageCommand } from './host-image.ts';
import { testSocket } from './test-engine.ts';

/** This machine's own Java and bash, with a busybox for everything else. */
const JAVA_IMAGE = 'cc-ci-test/java:1';
const BASE = `FROM ${JAVA_IMAGE}
RUN ln -sf /usr/bin/bash /bin/bash
COPY keycloak /opt/keycloak
`;
const BUILD = 'tar --create --dereference --directory "$CONTEXT" . | docker build --quiet --tag "$IMAGE" $MORE -';

export interface KeycloakImage {
  /** Its name. */
  image: string;
  /** Directory of the recipe's release, with its Dockerfile. */
  recipe: string;
  /** Directory of the distribution. */
  home: string;
}

/** Builds the image of a release in the test engine, from a distribution and the Java of this machine: a minute. */
export function buildKeycloakImage({ image, recipe, home }: KeycloakImage): void {
  const scratch = mkdtempSync(join(tmpdir(), 'cc-ci-keycloak-image-'));
  try {
    const [program, ...args] = hostImageCommand(javaImage(), join(scratch, 'java'));
    execFileSync(program, args, { env: engine(), stdio: ['ignore', 'ignore', 'inherit'] });
    const base = image.replace(':', '-base:');
    const context = join(scratch, 'base');
    mkdirSync(context);
    symlinkSync(home, join(context, 'keycloak'));
    writeFileSync(join(context, 'Dockerfile'), BASE);
    build({ CONTEXT: context, IMAGE: base, MORE: '' });
    build({ CONTEXT: recipe, IMAGE: image, MORE: `--build-arg BASE=${base}` });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Its configuration is that of Debian, outside of the directory of Java. */
function javaImage(): HostImage {
  const java = realpathSync(execFileSync('which', ['java'], { encoding: 'utf8' }).trim());
  const home = dirname(dirname(java));
  const trees = [join(home, 'lib'), join(home, 'conf'), ...globSync(['/etc/java-*', '/etc/ssl/certs/java'])];
  return { name: JAVA_IMAGE, programs: [java, 'bash'], trees };
}

function build(named: Record<'CONTEXT' | 'IMAGE' | 'MORE', string>): void {
  const env = { ...engine(), DOCKER_BUILDKIT: '0', ...named };
  execFileSync('bash', ['-euo', 'pipefail', '-c', BUILD], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

const engine = (): Record<string, string> => ({
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: tmpdir(),
  DOCKER_HOST: `unix://${testSocket()}`,
});
