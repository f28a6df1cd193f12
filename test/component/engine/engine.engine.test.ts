import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import { type CommandRunner, commandRunner } from '../../../lib/exec/command.ts';
import { listTokenProcesses } from '../../../lib/exec/processes.ts';
import { startEngine, type TestEngine } from '../../../scripts/engine.ts';

const PATH = process.env.PATH ?? '/usr/bin:/bin';
const CHILD = fileURLToPath(new URL('engine-child.ts', import.meta.url));

function start(parent: string, runner: CommandRunner = commandRunner): Promise<TestEngine> {
  return startEngine({ runner, path: PATH, parent });
}

async function docker({ socketPath }: { socketPath: string }, ...args: string[]): Promise<string> {
  const env = { PATH, HOME: dirname(socketPath), DOCKER_HOST: `unix://${socketPath}` };
  const result = await commandRunner.run({ argv: ['docker', ...args], cwd: '/', env, timeoutMs: 60_000 });
  expect(result.exitCode, result.all).to.equal(0);
  return result.stdout.trim();
}

/** Namespaces, cgroups, mounts and processes of rigs whose directory had that unique end. */
async function traces(directory: string): Promise<string[]> {
  const unique = basename(directory).slice(-6);
  const names = ['/run/netns', '/sys/fs/cgroup', '/sys/fs/cgroup/memory'].filter((place) => existsSync(place));
  const namespaces = names.flatMap((place) => readdirSync(place).filter((name) => name.endsWith(`-${unique}`)));
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const processes = (await listTokenProcesses('ccci-')).filter(({ token }) => token.endsWith(`-${unique}/engine`));
  return [
    ...namespaces,
    ...mounts.filter((line) => line.includes(unique)),
    ...processes.map(({ pid }) => `process ${pid}`),
    ...(existsSync(directory) ? [directory] : []),
  ];
}

describe('startEngine', function () {
  this.timeout(90_000);
  let parent: string;
  const engines: TestEngine[] = [];

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'ccci-rig-'));
  });
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.stop()));
    await rm(parent, { recursive: true, force: true });
  });

  /** What a test leaves running: a container of a service, and one beside the swarm. */
  async function fill(engine: { socketPath: string }): Promise<void> {
    const script = 'tar -C "$(dirname "$1")" -chf - "$(basename "$1")" | docker import - bb:1';
    const env = { PATH, HOME: parent, DOCKER_HOST: `unix://${engine.socketPath}` };
    const argv = ['sh', '-c', script, 'sh', busybox()] as [string, ...string[]];
    expect((await commandRunner.run({ argv, cwd: '/', env })).exitCode).to.equal(0);
    const sleep = ['bb:1', '/busybox', 'sleep', '3600'];
    await docker(engine, 'service', 'create', '--detach', '--no-resolve-image', '--network', 'proxy', ...sleep);
    await docker(engine, 'run', '--detach', ...sleep);
  }

  it('gives a swarm with the network proxy, and leaves nothing', async () => {
    const engine = await start(parent);
    engines.push(engine);
    expect(await docker(engine, 'info', '--format', '{{.Swarm.ControlAvailable}}')).to.equal('true');
    expect(await docker(engine, 'network', 'ls', '--format', '{{.Name}} {{.Driver}}')).to.include('proxy overlay');
    await fill(engine);
    const directory = dirname(engine.socketPath);
    expect(await traces(directory)).to.have.length.greaterThan(4);
    await engine.stop();
    await engine.stop();
    expect(await traces(directory)).to.deep.equal([]);
  });

  it('ends what was left running in its network, and nothing outside of it', async () => {
    const engine = await start(parent);
    engines.push(engine);
    const [program, ...args] = engine.enter;
    const inside = spawn(program, [...args, 'sleep', '3600'], { stdio: 'ignore' });
    const outside = spawn('sleep', ['3600'], { stdio: 'ignore' });
    try {
      const ended = once(inside, 'exit');
      await once(inside, 'spawn');
      await engine.stop();
      expect((await ended)[1]).to.equal('SIGKILL');
      expect(await traces(dirname(engine.socketPath))).to.deep.equal([]);
      expect(outside.exitCode ?? outside.signalCode).to.equal(null);
    } finally {
      outside.kill('SIGKILL');
    }
  });

  it('the next one removes what a killed runner left, and only that', async () => {
    const living = await start(parent);
    engines.push(living);
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD, parent], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(child.stdout, 'data');
    const killed = { socketPath: String(said).trim() };
    await fill(killed);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await traces(dirname(killed.socketPath))).to.have.length.greaterThan(4);
    engines.push(await start(parent));
    expect(await traces(dirname(killed.socketPath))).to.deep.equal([]);
    expect(await docker(living, 'info', '--format', '{{.Swarm.LocalNodeState}}')).to.equal('active');
  });

  it('one that cannot become a swarm leaves nothing', async () => {
    const failing: CommandRunner = {
      run: async (options) => {
        const result = await commandRunner.run(options);
        return options.argv.includes('init') ? { ...result, exitCode: 1 } : result;
      },
    };
    const error = await start(parent, failing).catch((thrown: unknown) => thrown);
    expect(hasCode(error, 'CommandFailed')).to.equal(true);
    expect(readdirSync(parent)).to.deep.equal([]);
  });
});

function busybox(): string {
  const found = PATH.split(':').map((place) => join(place, 'busybox'));
  return found.find((path) => existsSync(path)) ?? 'busybox';
}
