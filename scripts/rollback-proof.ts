/**
 * `npm run rollback-proof [-- --platform process|swarm|abra --socket PATH --abra PATH]`: shows on a scratch directory,
 * against the real controller, that a failed quick run puts the known-good back byte by byte, and prints the digests
 * before and after. The default platform is the one that the controller chooses on this machine. Ends with 1 if anything
 * differs from what it claims.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commandRunner } from '../lib/exec/command.ts';
import { stackNameOf } from '../lib/recipe/compose.ts';
import { buildDemoImages } from './build-demo-images.ts';
import { buildDemoRecipes, demoSpec } from './build-demo-recipes.ts';
import { type LiveVolume, processVolume, testQuickly } from './demo/quick-runs.ts';
import { condition, DemoStage, say } from './demo/stage.ts';

const PLATFORMS = { auto: 'Auto', process: 'Process', swarm: 'Swarm', abra: 'Abra' } as const;
const SOCKET = '/var/run/docker.sock';
/** The data goes soon after the Canonical is deleted. */
const RETENTION = '  dataRetention: 1s\n';
/** On an engine the app answers at a port of its own: no ingress is needed. */
const PORTS = `env: { TITLE: notes of the demo, HTTP_PORT: "{port:app}" }
    composeFiles: [compose.yml, compose.ports.yml]
    url: "http://127.0.0.1:{port:app}"`;

const { values } = parseArgs({
  options: {
    platform: { type: 'string', default: 'auto' },
    socket: { type: 'string', default: SOCKET },
    abra: { type: 'string', default: 'abra' },
  },
});

/** @throws Error for a word that names no platform. */
function platformOf(word: string): string {
  if (Object.hasOwn(PLATFORMS, word)) return PLATFORMS[word as keyof typeof PLATFORMS];
  throw new Error(`--platform ${word}: there are ${Object.keys(PLATFORMS).join(', ')}`);
}

async function configure(stage: DemoStage): Promise<void> {
  await stage.configure({
    platform: platformOf(values.platform),
    zone: `proof-${process.pid}.localhost`,
    swarm: { socket: values.socket },
    abra: { binary: values.abra },
  });
  await buildDemoRecipes({ directory: stage.path('recipes'), runner: commandRunner, path: stage.env.PATH ?? '' });
}

async function enrol(stage: DemoStage): Promise<string> {
  const { platform } = JSON.parse(readFileSync(stage.path('state', 'instance.json'), 'utf8'));
  const spec = (await demoSpec('notes', stage.path('recipes'))).replace(/^spec:\n/m, (line) => line + RETENTION);
  const onEngine = platform !== 'Process';
  if (onEngine) await buildImages(stage);
  say(`enrolling "notes" on platform ${platform}: its newest release becomes the known-good`);
  writeFileSync(stage.path('specs', 'notes.yaml'), onEngine ? spec.replace(/env: \{ TITLE: .*\}/, PORTS) : spec);
  const isReady = async () => condition(await stage.statusOf('canonical/notes'), 'Ready') === 'True';
  await stage.until('canonical/notes to be Ready', isReady, 300_000);
  return platform;
}

async function buildImages(stage: DemoStage): Promise<void> {
  say('building the images of the demo');
  const dockerHost = `unix://${values.socket}`;
  await buildDemoImages({ dockerHost, runner: commandRunner, path: stage.env.PATH ?? '' });
}

/** The bytes of a volume of the stack, as the engine says where they are. */
const stackVolume: LiveVolume = async (stage, volume) => {
  const { domain } = await stage.statusOf('canonical/notes');
  const name = `${stackNameOf(String(domain))}_${volume}`;
  const docker = ['docker', '--host', `unix://${values.socket}`, 'volume', 'inspect'] as const;
  const { code, stdout, stderr } = await stage.run(...docker, '--format', '{{.Mountpoint}}', name);
  if (code !== 0) throw new Error(`docker volume inspect ${name}: ${stderr}`);
  return stdout.trim();
};

async function removeAll(stage: DemoStage): Promise<void> {
  say('deleting it again');
  const { code, stderr } = await stage.ccctl('delete', 'canonical/notes', '--wait', '--timeout', '120s');
  if (code !== 0) process.stderr.write(stderr);
  stage.claim('neither app nor data is left', code === 0);
}

const stage = new DemoStage(mkdtempSync(join(tmpdir(), 'cc-ci-proof-')), { detached: false });
try {
  await configure(stage);
  await stage.start();
  const platform = await enrol(stage);
  await testQuickly(stage, platform === 'Process' ? processVolume : stackVolume);
  await removeAll(stage);
  process.stdout.write(`\nproved on platform ${platform}: ${stage.claims.length} claims held\n`);
} catch (error) {
  process.stderr.write(
    `\nrollback-proof: ${error instanceof Error ? error.message : String(error)}\n${stage.lastWords()}`,
  );
  process.exitCode = 1;
} finally {
  await stage.cleanUp();
}
