import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BUSYBOX_IMAGE, docker, testSocket } from '../../rig/test-engine.ts';
import type { Bench } from '../harness.ts';
import { type Files, RecipeRepository } from '../recipes.ts';

/** An image in which there is one program, and no shell. */
export const BARE_IMAGE = 'cc-ci-test/bare:1';

/** A hook with everything that quoting can spoil; it leaves what {@link QUOTED_DUMP} says. */
const QUOTING = `printf '%s\\n' "it's" 'a "dump"' "of \${#WORDS} $(echo 'words; all')" >/dump/dump.txt && true`;
export const QUOTED_DUMP = `it's\na "dump"\nof 5 words; all\n`;

/** Labels by service; what a test changes it lays over these. */
export type Labels = Record<string, Record<string, string>>;

/**
 * Draft 1's path on `app` (half of the volume `keep`), a whole volume and an excluded one on `files`, hooks and draft 2's
 * path on `db`.
 */
export const LABELS: Labels = {
  app: { 'backupbot.backup': 'true', 'backupbot.backup.path': '/keep/inner' },
  files: { 'backupbot.backup': 'true', 'backupbot.backup.volumes.cache': 'false' },
  db: {
    'backupbot.backup': 'true',
    'backupbot.backup.pre-hook': QUOTING,
    'backupbot.backup.volumes.dump.path': 'dump.txt',
    'backupbot.backup.post-hook': 'touch /dump/cleaned',
    'backupbot.restore.post-hook': 'cp /dump/dump.txt /dump/loaded',
  },
};

const VOLUMES: Readonly<Record<string, readonly string[]>> = {
  app: ['keep:/keep'],
  files: ['uploads:/uploads', 'cache:/cache'],
  db: ['dump:/dump'],
  bare: [],
};

function serviceOf(name: string, version: string, labels: Labels): Record<string, unknown> {
  const own = name === 'app' ? { 'traefik.enable': 'true', 'coop-cloud.${STACK_NAME}.version': version } : {};
  const written = Object.entries({ ...own, ...labels[name] }).map(([key, value]) => {
    // Compose reads a dollar sign twice as one, but for the name of the stack, which is meant.
    return `${key}=${value.replaceAll('$', '$$$$')}`;
  });
  const bare = name === 'bare';
  return {
    image: bare ? BARE_IMAGE : BUSYBOX_IMAGE,
    command: bare ? ['/busybox', 'sleep', '100000'] : ['sleep', '100000'],
    environment: ['WORDS=words'],
    volumes: VOLUMES[name],
    healthcheck: { test: bare ? ['CMD', '/busybox', 'true'] : ['CMD', 'true'], interval: '1s' },
    deploy: { labels: written, update_config: { monitor: '300ms' }, restart_policy: { condition: 'any' } },
  };
}

/** The files of a version of the recipe "labels". Its services idle over their volumes. */
export function labelFiles(version: string, labels: Labels = LABELS): Files {
  const services = Object.keys(VOLUMES).map((name) => [name, serviceOf(name, version, labels)]);
  const volumes = { keep: {}, uploads: {}, cache: {}, dump: {} };
  return {
    'compose.yml': JSON.stringify({ version: '3.8', services: Object.fromEntries(services), volumes }, undefined, 2),
    '.env.sample': 'TYPE=labels\nDOMAIN=labels.example.com\n',
    'README.md': '# labels\n',
  };
}

/** A line for each volume's file that is there, in the order of this list. */
const LOOK = `{ cat /keep/inner/note /keep/outer /uploads/picture /cache/thumbnail /dump/dump.txt /dump/loaded; } 2>/dev/null`;

/** The data hooks of a profile, which reach into the containers as `docker exec` does. */
const SCRIPTS: Readonly<Record<string, string>> = {
  'seed.sh': `on app 'mkdir -p /keep/inner; echo inner >/keep/inner/note; echo outer >/keep/outer'
on files 'echo picture >/uploads/picture; echo thumbnail >/cache/thumbnail'
`,
  'verify.sh': `found=$(for service in app files db; do on "$service" '${LOOK}; true'; done)
echo "$found"
case $found in inner*picture*) ;; *) exit 1 ;; esac
`,
  'wipe.sh': `for service in app files db; do
  on "$service" 'rm -rf /keep/* /uploads/* /cache/* /dump/*'
done
`,
};

/** Enrols the recipe with its hooks; the Canonical does not seed by itself. */
export function enrolLabels(bench: Bench): RecipeRepository {
  const repository = new RecipeRepository(join(bench.root, 'recipes', 'labels'));
  repository.release('1.0.0+1.0.0', labelFiles('1.0.0+1.0.0'));
  for (const [name, body] of Object.entries(SCRIPTS)) writeScript(bench, name, body);
  const hook = (name: string): unknown => ({ command: [`./${name}`], from: 'Profile' });
  bench.apply('Canonical', 'labels', {
    seed: 'Manual',
    app: { recipe: 'labels', health: [{ exec: { service: 'app', command: ['true'] } }], healthPasses: 1 },
    ci: { data: { seed: hook('seed.sh'), verify: hook('verify.sh'), wipe: hook('wipe.sh') } },
  });
  return repository;
}

function writeScript(bench: Bench, name: string, body: string): void {
  const path = join(bench.specs, 'labels.canonical.ci', name);
  mkdirSync(dirname(path), { recursive: true });
  const head = `#!/bin/sh
set -eu
export DOCKER_HOST=unix://${testSocket()}
on() {
  service=$(echo "$CCCI_DOMAIN" | tr . _)_$1
  container=$(docker ps -q --filter "label=com.docker.swarm.service.name=$service" | head -n 1)
  docker exec "$container" sh -c "$2"
}
`;
  writeFileSync(path, head + body, { mode: 0o755 });
}

/** Builds {@link BARE_IMAGE} unless the engine has it. Needs the static busybox of Debian. */
export function ensureBareImage(): void {
  if (docker('image', 'ls', '-q', BARE_IMAGE).trim() !== '') return;
  const source = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (source === undefined) throw new Error('there is no busybox: install the Debian package busybox-static');
  const directory = mkdtempSync(join(tmpdir(), 'ccci-bare-'));
  try {
    copyFileSync(source, join(directory, 'busybox'));
    writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY busybox /busybox\nSTOPSIGNAL SIGKILL\n');
    docker('build', '--quiet', '--tag', BARE_IMAGE, directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
