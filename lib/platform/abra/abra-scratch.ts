import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../../fs/remove-tree.ts';
import { stackNameOf } from '../../recipe/compose.ts';
import type { Engine } from '../swarm/engine/engine.ts';
import { type AbraCall, AbraCli, type AbraCliOptions } from './abra-cli.ts';
import { AbraClones } from './abra-clone.ts';

export interface AbraScratchOptions extends AbraCliOptions {
  /** Name of the server as abra knows it. */
  server: string;
  engine: Engine;
}

/** An ABRA_DIR with one recipe and one app that is not deployed. */
export interface AbraScratch {
  cli: AbraCli;
  directory: string;
  signal: AbortSignal;
  /** What every call has in common. */
  call: Omit<AbraCall, 'args'>;
  server: string;
  recipe: string;
  domain: string;
  secret: { name: string; version: string; fullName: string; file: string };
  engine: Engine;
}

const RECIPE = 'cc-ci-doctor';
const TIMEOUT_MS = 60_000;
const COMPOSE = `version: "3.8"
services:
  app:
    image: example/doctor:1.0.0
    secrets: [probe]
    deploy:
      labels: ["traefik.enable=true", "coop-cloud.\${STACK_NAME}.version=1.0.0+1.0.0"]
secrets:
  probe: { external: true, name: "\${STACK_NAME}_probe_\${SECRET_PROBE_VERSION:-v1}" }
`;
const ENV = `TYPE=${RECIPE}\nDOMAIN=doctor.example.com\nSECRET_PROBE_VERSION=v1\n`;

/** Makes the directory, gives it to `work`, and removes it whatever happens. */
export async function withAbraScratch<T>(
  options: AbraScratchOptions,
  signal: AbortSignal,
  work: (scratch: AbraScratch) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'cc-ci-doctor-'));
  try {
    return await work(await makeScratch(options, directory, signal));
  } finally {
    await removeTree(directory);
  }
}

async function makeScratch(options: AbraScratchOptions, directory: string, signal: AbortSignal): Promise<AbraScratch> {
  const { server, engine } = options;
  // A top-level domain that never exists (RFC 2606).
  const domain = `cc-ci-${randomBytes(4).toString('hex')}.invalid`;
  const servers = join(directory, 'servers', server);
  await mkdir(servers, { recursive: true });
  await writeFile(join(servers, `${domain}.env`), ENV.replace('doctor.example.com', domain));
  await makeRecipe(options, join(directory, 'recipes', RECIPE), signal);
  const clones = new AbraClones(options);
  await clones.makeCatalogue(join(directory, 'catalogue'), signal);
  const file = join(directory, 'probe');
  await writeFile(file, randomBytes(8).toString('hex'), { mode: 0o600 });
  return {
    cli: new AbraCli(options),
    directory,
    signal,
    call: { directory, signal, timeoutMs: TIMEOUT_MS },
    server,
    recipe: RECIPE,
    domain,
    secret: { name: 'probe', version: 'v1', fullName: `${stackNameOf(domain)}_probe_v1`, file },
    engine,
  };
}

async function makeRecipe(options: AbraScratchOptions, directory: string, signal: AbortSignal): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'compose.yml'), COMPOSE);
  await writeFile(join(directory, '.env.sample'), ENV);
  await writeFile(join(directory, 'README.md'), `# ${RECIPE}\n`);
  await new AbraClones(options).release(directory, '1.0.0+1.0.0', signal);
}
