import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DEBIAN_IMAGE } from './debian-image.ts';
import { testSocket } from './test-engine.ts';

const BASE = `FROM ${DEBIAN_IMAGE}
COPY java /usr/lib/jvm/java
COPY keycloak /opt/keycloak
ENV PATH=/usr/lib/jvm/java/bin:/usr/local/bin:/usr/bin:/bin
`;
/** What a JDK has beside the runtime; some of it are links to nothing. */
const LEFT_OUT = ['src.zip', 'ct.sym', 'jmods', 'man', 'docs', 'include'].map((name) => `--exclude=./java/*/${name}`);
const BUILD = 'tar --create --dereference "$@" --directory "$CONTEXT" . | docker build --quiet --tag "$IMAGE" $MORE -';

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
    const java = realpathSync(execFileSync('which', ['java'], { encoding: 'utf8' }).trim());
    const base = image.replace(':', '-base:');
    const context = join(scratch, 'base');
    mkdirSync(context);
    symlinkSync(dirname(dirname(java)), join(context, 'java'));
    symlinkSync(home, join(context, 'keycloak'));
    writeFileSync(join(context, 'Dockerfile'), BASE);
    build({ CONTEXT: context, IMAGE: base, MORE: '' }, LEFT_OUT);
    build({ CONTEXT: recipe, IMAGE: image, MORE: `--build-arg BASE=${base}` });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function build(named: Record<'CONTEXT' | 'IMAGE' | 'MORE', string>, exclude: readonly string[] = []): void {
  const engine = { HOME: tmpdir(), DOCKER_HOST: `unix://${testSocket()}`, DOCKER_BUILDKIT: '0' };
  const env = { PATH: process.env.PATH, ...engine, ...named };
  execFileSync('bash', ['-euo', 'pipefail', '-c', BUILD, 'bash', ...exclude], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
