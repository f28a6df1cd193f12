import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bench, conditionOf } from '../e2e/harness.ts';
import { type Files, RecipeRepository } from '../e2e/recipes.ts';
import { NotifySocket } from './notify-socket.ts';

/** Of two seconds; a sign of life comes each second. */
const WATCHDOG = { WATCHDOG_USEC: '2000000' };

describe('a controller that a service manager started', function () {
  this.timeout(240_000);
  let bench: Bench;
  let root: string;
  let socket: NotifySocket;

  beforeEach(async () => {
    bench = new Bench();
    root = await mkdtemp(join(tmpdir(), 'ccci-service-'));
    socket = await NotifySocket.open(root);
    Object.assign(bench.serviceEnv, { NOTIFY_SOCKET: socket.path, ...WATCHDOG });
  });
  afterEach(async () => {
    await bench.dispose();
    await socket.close();
    await rm(root, { recursive: true });
  });

  const configure = (fields: Record<string, unknown>): void => {
    const before = JSON.parse(readFileSync(bench.config, 'utf8'));
    writeFileSync(bench.config, JSON.stringify({ ...before, ...fields }));
  };
  const told = (assignment: string): number => socket.messages().filter((line) => line.startsWith(assignment)).length;
  const events = (): string =>
    globSync(join(bench.state, 'events.jsonl'))
      .map((path) => readFileSync(path, 'utf8'))
      .join('');
  const isActive = async (run: string): Promise<boolean> => ((await bench.runStatus(run)).attempts?.length ?? 0) > 0;

  it('tells of start, life, reload and end, and nothing of that reaches an app', async () => {
    const { directory: source } = sleeper(join(bench.root, 'recipes', 'slow'));
    await bench.start();
    await bench.waitFor('readiness', () => told('READY=1'));
    for (const name of ['first', 'second']) bench.apply('Run', name, { recipe: 'slow', source });
    const waits = async (): Promise<boolean> =>
      conditionOf(await bench.runStatus('second'), 'Succeeded')?.reason === 'Pending' ||
      conditionOf(await bench.runStatus('first'), 'Succeeded')?.reason === 'Pending';
    await bench.waitFor('one run', async () => (await isActive('first')) || (await isActive('second')));
    await bench.waitFor('the other one to wait', waits);
    await bench.waitFor('a sign of life', () => told('WATCHDOG=1'));

    configure({ maxRuns: 2, zone: 'other.localhost' });
    bench.reload();
    await bench.waitFor('readiness after the reload', () => told('READY=1') === 2);
    await bench.waitFor('both runs', async () => (await isActive('first')) && (await isActive('second')));
    expect(events()).to.match(/took maxRuns; restart cc-controller to take zone/);
    await bench.waitFor('doctor to say so', async () =>
      /settings than.*: zone/.test((await bench.ccctl('doctor')).stdout),
    );

    configure({ maxRuns: 'many' });
    bench.reload();
    await bench.waitFor('readiness after what is no configuration', () => told('READY=1') === 3);
    expect(events()).to.contain('ConfigurationInvalid');

    const instance = await bench.instanceId();
    await bench.waitFor('supervisors and services', () => environments(instance).length >= 4);
    expect(environments(instance).filter((text) => /NOTIFY_SOCKET|WATCHDOG_/.test(text))).to.deep.equal([]);
    expect(await bench.stop()).to.equal(0);
    const order = socket.messages().map((line) => line.replace(/ .*$/, ''));
    expect(order.filter((one) => one !== 'WATCHDOG=1' && !one.startsWith('STATUS='))).to.deep.equal([
      'READY=1',
      ...['RELOADING=1', 'READY=1', 'RELOADING=1', 'READY=1'],
      'STOPPING=1',
    ]);
    expect(socket.messages().find((line) => line.includes('EXTEND_TIMEOUT_USEC'))).to.match(/^STATUS=Starting: /);
    expect(socket.messages().find((line) => line.startsWith('RELOADING'))).to.match(/MONOTONIC_USEC=\d+ /);
  });
});

/** Those of the processes that a controller started. */
function environments(instance: string): string[] {
  return globSync('/proc/[0-9]*/environ').flatMap((path) => {
    try {
      const text = readFileSync(path, 'latin1');
      return text.includes(`CCCI_TOKEN=${instance}/`) ? [text] : [];
    } catch {
      return [];
    }
  });
}

/** An app whose health is never seen in the time that the test takes. */
function sleeper(directory: string): RecipeRepository {
  const repository = new RecipeRepository(directory);
  const files: Files = {
    '.env.sample': '',
    'README.md': '# slow\n',
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/slow:1.0.0
    x-process: { command: [sleep, "600"], port: 3000 }
    deploy: { labels: ["coop-cloud.\${STACK_NAME}.version=1.0.0+1.0.0", "backupbot.backup=false"] }
`,
  };
  repository.release('1.0.0+1.0.0', files);
  return repository;
}
