import { mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import { TOKEN_VARIABLE } from '../../../lib/exec/command.ts';
import { silentLog } from '../../../lib/log.ts';
import { DockerEngine } from '../../../lib/platform/swarm/engine/docker-engine.ts';
import type { EngineEvent, EngineService, EngineTask } from '../../../lib/platform/swarm/engine/engine.ts';
import { killInside } from '../../../lib/platform/swarm/engine/exec-end.ts';
import { EngineTransport } from '../../../lib/platform/swarm/engine/transport.ts';
import { BUSYBOX_IMAGE, docker, ensureBusyboxImage, testSocket } from '../../rig/test-engine.ts';

const STACK = `h1-engine-${process.pid}`;
const LABEL = `com.docker.stack.namespace=${STACK}`;
const never = new AbortController().signal;

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | 'none'> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (error instanceof CcError) return error.code;
    throw error;
  }
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>, seconds = 30): Promise<T> {
  const deadline = Date.now() + seconds * 1_000;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not in time: ${what}`);
}

function createService(name: string, options: readonly string[], command: readonly string[]): void {
  const fixed = ['--detach', '--quiet', '--no-resolve-image', '--endpoint-mode', 'dnsrr', '--stop-signal', 'SIGKILL'];
  const labels = ['--label', LABEL, '--container-label', LABEL];
  docker('service', 'create', ...fixed, ...labels, '--name', `${STACK}_${name}`, ...options, BUSYBOX_IMAGE, ...command);
}

function update(name: string, ...options: readonly string[]): void {
  docker('service', 'update', '--detach', '--quiet', ...options, `${STACK}_${name}`);
}

/** What ps in the container shows of a command. */
function seen(containerId: string, mark: string): string[] {
  return docker('exec', containerId, 'ps')
    .split('\n')
    .filter((line) => line.includes(mark));
}

function openSockets(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}

describe('DockerEngine on a real engine', function () {
  this.timeout(120_000);
  let engine: DockerEngine;

  before(() => {
    ensureBusyboxImage();
    engine = new DockerEngine({ socketPath: testSocket(), clock: systemClock, log: silentLog });
  });

  after(async () => {
    for (const { id } of (await engine.stack(STACK, never)).services) await engine.removeService(id, never);
    await until('containers are gone', async () => (await engine.stack(STACK, never)).containers.length === 0);
    for (const { id } of await engine.secrets(STACK, [], never)) await engine.removeSecret(id, never);
    for (const { id } of await engine.configs(STACK, never)) await engine.removeConfig(id, never);
    for (const { id } of await engine.networks(STACK, never)) {
      await until('network is free', async () => (await codeOf(engine.removeNetwork(id, never))) === 'none');
    }
    for (const { name } of await engine.volumes(STACK, never)) await engine.removeVolume(name, never);
    engine.close();
  });

  async function service(name: string): Promise<EngineService> {
    const found = (await engine.stack(STACK, never)).services.find((one) => one.name === `${STACK}_${name}`);
    if (found === undefined) throw new Error(`no service ${name}`);
    return found;
  }

  async function tasks(name: string): Promise<readonly EngineTask[]> {
    const { id } = await service(name);
    return (await engine.stack(STACK, never)).tasks.filter(({ serviceId }) => serviceId === id);
  }

  async function running(name: string, wanted: (task: EngineTask) => boolean = () => true): Promise<EngineTask> {
    return await until(`${name} runs`, async () =>
      (await tasks(name)).find((task) => task.state === 'running' && task.desired === 'running' && wanted(task)),
    );
  }

  it('says who it is', async () => {
    const identity = await engine.identity(never);
    expect(identity.manager).to.equal(true);
    expect(identity.clusterId).to.match(/^[a-z0-9]{25}$/);
    expect(Number(identity.apiVersion.split('.')[1])).to.be.within(24, 47);
  });

  describe('observes', () => {
    const rich = [
      ...[
        '--env',
        'B=2',
        '--env',
        'A=1',
        '--mount',
        `type=volume,source=${STACK}_data,target=/data,volume-label=${LABEL}`,
      ],
      ...['--limit-memory', '64M', '--limit-cpu', '0.5', '--reserve-memory', '8M', '--restart-condition', 'on-failure'],
      ...['--restart-delay', '1s', '--constraint', 'node.role==manager', '--placement-pref', 'spread=node.id'],
      ...[
        '--health-cmd',
        'true',
        '--health-interval',
        '1s',
        '--hostname',
        'h',
        '--user',
        '0:0',
        '--init',
        '--read-only',
      ],
      ...[
        '--update-monitor',
        '1s',
        '--update-failure-action',
        'rollback',
        '--cap-drop',
        'NET_RAW',
        '--dns',
        '127.0.0.1',
      ],
    ];

    before(async () => {
      docker('network', 'create', '-d', 'overlay', '--label', LABEL, `${STACK}_internal`);
      await engine.createSecret({ name: `${STACK}_s`, labels: {}, data: Buffer.from('s') }, never);
      const uses = ['--network', `${STACK}_internal`, '--secret', `source=${STACK}_s,target=s`];
      createService('rich', [...rich, ...uses], ['sleep', '3600']);
      await running('rich');
    });

    after(async () => {
      const [secret] = await engine.secrets('', [`${STACK}_s`], never);
      expect(await codeOf(engine.removeSecret(secret?.id ?? 'none', never))).to.equal('Conflict');
      await engine.removeService((await service('rich')).id, never);
      await engine.removeSecret(secret?.id ?? 'none', never);
    });

    it('a service with everything, its task with the digest of its template, its container', async () => {
      const found = await service('rich');
      const task = await running('rich');
      expect(found).to.deep.include({
        mode: 'Replicated',
        replicas: 1,
        restart: 'OnFailure',
        update: 'None',
        ports: [],
      });
      expect(task.templateDigest).to.equal(found.templateDigest);
      expect(task).to.deep.include({ serviceId: found.id, slot: 1 });
      const container = (await engine.stack(STACK, never)).containers.find(({ id }) => id === task.containerId);
      expect(container).to.deep.include({ service: found.name, taskId: task.id, state: 'running' });
    });

    it('T22 an update makes another template, the rollback the old one again @nightly', async () => {
      const before = await service('rich');
      update('rich', '--env-add', 'C=3');
      const updated = await service('rich');
      expect(updated.templateDigest).not.to.equal(before.templateDigest);
      expect(updated.specDigest).not.to.equal(before.specDigest);
      await running('rich', ({ templateDigest }) => templateDigest === updated.templateDigest);
      const old = (await tasks('rich')).filter(({ templateDigest }) => templateDigest === before.templateDigest);
      expect(old.map(({ desired }) => desired)).to.deep.equal(['shutdown']);
      update('rich', '--args', '/nope', '--update-monitor', '1s');
      const broken = await service('rich');
      await until('the engine goes back', async () => (await service('rich')).update === 'RolledBack');
      const back = await service('rich');
      expect(back.templateDigest).to.equal(updated.templateDigest);
      expect(broken.templateDigest).not.to.equal(updated.templateDigest);
      await running('rich', ({ templateDigest }) => templateDigest === updated.templateDigest);
    });

    it('T57 other constraints leave the task as it is, and current', async () => {
      const task = await running('rich');
      const before = await service('rich');
      update('rich', '--constraint-add', 'node.platform.os==linux');
      const after = await service('rich');
      expect(after.specDigest).not.to.equal(before.specDigest);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect(await running('rich')).to.deep.include({ id: task.id, templateDigest: after.templateDigest });
    });

    it('T26 a crash: its exit code and words', async () => {
      createService('crash', ['--restart-condition', 'none'], ['sh', '-c', 'exit 3']);
      const task = await until('it crashes', async () =>
        (await tasks('crash')).find(({ state }) => state === 'failed'),
      );
      expect(task).to.deep.include({ exitCode: 3, error: 'task: non-zero exit (3)' });
      expect((await service('crash')).restart).to.equal('Never');
    });

    it('an unplaceable task: the words of the engine, for ever pending', async () => {
      createService('nowhere', ['--constraint', 'node.labels.none==such'], ['sleep', '1']);
      const task = await until('the engine says why', async () => (await tasks('nowhere')).find(({ error }) => error));
      expect(task.state).to.equal('pending');
      expect(task.error).to.include('no suitable node');
      expect(task).not.to.have.any.keys('containerId', 'exitCode');
    });
  });

  describe('changes', () => {
    it('the wanted tasks of a replicated service, its template not', async () => {
      createService('scaled', [], ['sleep', '3600']);
      const { id, templateDigest } = await service('scaled');
      const task = await running('scaled');
      await engine.scale(id, 0, never);
      await engine.scale(id, 0, never);
      expect(await service('scaled')).to.deep.include({ replicas: 0, templateDigest });
      await until('it stops', async () => (await tasks('scaled')).every(({ state }) => state !== 'running'));
      await engine.scale(id, 1, never);
      const next = await running('scaled', ({ id: one }) => one !== task.id);
      expect(next.templateDigest).to.equal(templateDigest);
    });

    it('a nudge changes nothing of a service but its version', async () => {
      const before = await service('scaled');
      const [task] = await tasks('scaled');
      const version = () => docker('service', 'inspect', '--format', '{{.Version.Index}}', before.id).trim();
      const old = version();
      await engine.nudge(before.id, never);
      expect(version()).not.to.equal(old);
      expect(await service('scaled')).to.deep.equal(before);
      expect((await tasks('scaled'))[0]).to.deep.include({ id: task?.id, state: 'running', desired: 'running' });
    });

    it('a global service stops and comes back', async () => {
      createService('global', ['--mode', 'global'], ['sleep', '3600']);
      // Before it is scheduled no node counts for it.
      const task = await running('global');
      const before = await service('global');
      expect(before).to.deep.include({ mode: 'Global', replicas: 1 });
      await engine.scale(before.id, 0, never);
      await until('it stops', async () => (await tasks('global')).every(({ state }) => state !== 'running'));
      expect((await service('global')).replicas).to.equal(0);
      await engine.scale(before.id, 1, never);
      await running('global', ({ id }) => id !== task.id);
      expect(await service('global')).to.deep.include({ specDigest: before.specDigest, replicas: 1 });
    });

    it('one service from several sides: each succeeds or is Conflict', async () => {
      const { id } = await service('scaled');
      const codes = await Promise.all([0, 1, 0, 1, 0, 1].map((replicas) => codeOf(engine.scale(id, replicas, never))));
      expect(codes.filter((code) => code !== 'none' && code !== 'Conflict')).to.deep.equal([]);
      expect(codes).to.include('none');
    });

    it('volumes, networks, secrets and configs by label, and twice over', async () => {
      const volume = await engine.createVolume(`${STACK}_v`, { 'com.docker.stack.namespace': STACK }, never);
      expect(await engine.createVolume(`${STACK}_v`, {}, never)).to.deep.equal(volume);
      expect(await engine.volume(`${STACK}_v`, never)).to.deep.equal(volume);
      expect((await engine.volumes(STACK, never)).map(({ name }) => name)).to.include(`${STACK}_v`);
      await engine.removeVolume(`${STACK}_v`, never);
      await engine.removeVolume(`${STACK}_v`, never);
      expect(await engine.volume(`${STACK}_v`, never)).to.equal(undefined);

      const secret = {
        name: `${STACK}_t`,
        labels: { 'com.docker.stack.namespace': STACK },
        data: Buffer.from([0, 255, 10]),
      };
      const made = await engine.createSecret(secret, never);
      expect(await codeOf(engine.createSecret(secret, never))).to.equal('Conflict');
      expect(await engine.secrets(STACK, [], never)).to.deep.equal([made]);
      expect(await engine.secrets('', [`${STACK}_t`], never)).to.deep.equal([made]);
      expect(await engine.secrets('', [`${STACK}_`], never)).to.deep.equal([]);
      await engine.removeSecret(made.id, never);
      await engine.removeSecret(made.id, never);

      const [network] = await engine.networks(STACK, never);
      expect(network?.name).to.equal(`${STACK}_internal`);
      expect(await engine.networkNames(never))
        .to.include(`${STACK}_internal`)
        .and.not.to.include('ingress');
      expect(await engine.configs(STACK, never)).to.deep.equal([]);
      await engine.removeConfig('gone', never);
      await engine.removeNetwork('gone', never);
      await engine.removeService('gone', never);
    });

    it('T08 stored images by all their names; one goes by its names, but not while a container has it', async () => {
      const context = join(tmpdir(), `${STACK}-image`);
      mkdirSync(context, { recursive: true });
      writeFileSync(join(context, 'Dockerfile'), `FROM ${BUSYBOX_IMAGE}\nLABEL ${STACK}=1\n`);
      docker('build', '--quiet', '-t', `${STACK}-one:1`, '-t', `${STACK}-two:1`, context);
      rmSync(context, { recursive: true });
      const isOurs = ({ names }: { names: readonly string[] }) => names.some((name) => name.startsWith(STACK));
      const find = async () => (await engine.storedImages(never)).find(isOurs);
      const stored = await find();
      expect(stored?.names.toSorted()).to.deep.equal([`${STACK}-one:1`, `${STACK}-two:1`]);
      expect(stored?.bytes).to.be.greaterThan(100_000);
      docker('container', 'create', '--name', `${STACK}-has`, `${STACK}-one:1`);
      expect((await engine.imageUsers(never)).ids).to.include(stored?.id);
      await engine.removeImage(`${STACK}-two:1`, never);
      expect(await codeOf(engine.removeImage(`${STACK}-one:1`, never))).to.equal('Conflict');
      docker('container', 'rm', `${STACK}-has`);
      await engine.removeImage(`${STACK}-one:1`, never);
      expect(await find()).to.equal(undefined);
      await engine.removeImage(`${STACK}-one:1`, never);
      expect(await engine.rootDirectory(never)).to.match(/^\//);
    });

    it('T54 an image is there or not; a registry that is away is Unreachable', async () => {
      expect((await engine.image(BUSYBOX_IMAGE, never))?.id).to.match(/^sha256:/);
      expect(await engine.image('h1-none:9', never)).to.equal(undefined);
      expect(await codeOf(engine.pull('127.0.0.1:1/h1-none:9', never))).to.equal('Unreachable');
      expect(await codeOf(engine.pull('NOT A NAME', never))).to.equal('InvalidInput');
    });
  });

  describe('runs commands', () => {
    let container = '';

    before(async () => {
      createService('tools', ['--init'], ['sleep', '3600']);
      container = (await running('tools')).containerId ?? '';
    });

    it('exit code and both outputs', async () => {
      const result = await engine.exec(container, ['sh', '-c', 'echo out; echo err >&2; exit 3'], {});
      expect(result).to.deep.equal({ exitCode: 3, stdout: 'out\n', stderr: 'err\n', outcome: 'Exited' });
    });

    it('input, its end included', async () => {
      const input = 'x'.repeat(3_000_000);
      expect((await engine.exec(container, ['wc', '-c'], { input })).stdout.trim()).to.equal('3000000');
      expect(await engine.exec(container, ['true'], { input })).to.deep.include({ exitCode: 0, outcome: 'Exited' });
    });

    for (const program of ['/nope', 'nope', '/etc']) {
      it(`${program} is no program: a result`, async () => {
        const result = await engine.exec(container, [program], {});
        expect(result.exitCode).to.be.within(126, 127);
        expect(result.outcome).to.equal('Exited');
        expect(result.stdout + result.stderr).to.include(program);
      });
    }

    it('T69 100 MB of output: the beginning and the end of it @nightly', async () => {
      const script = 'echo first; yes | head -c 100000000; echo last';
      const { stdout, outcome } = await engine.exec(container, ['sh', '-c', script], { timeoutMs: 60_000 });
      expect(outcome).to.equal('Exited');
      expect(stdout.startsWith('first\n') && stdout.endsWith('last\n')).to.equal(true);
      expect(stdout.length).to.be.lessThan(1_100_000);
    });

    it('T69 past the time-out nothing of it is left, children and deaf ones included', async () => {
      const script = 'trap "" TERM; sleep 4711 & (sleep 4711); sleep 4711';
      const result = await engine.exec(container, ['sh', '-c', `echo began; ${script}`], { timeoutMs: 1_000 });
      expect(result).to.deep.include({ outcome: 'TimedOut', stdout: 'began\n', exitCode: 137 });
      expect(seen(container, 'sleep 4711')).to.deep.equal([]);
    });

    it('nor after an abort', async () => {
      const controller = new AbortController();
      const call = engine.exec(container, ['sleep', '4712'], { signal: controller.signal });
      await until('it runs', async () => seen(container, 'sleep 4712').length > 0);
      controller.abort();
      expect((await call).outcome).to.equal('Aborted');
      expect(seen(container, 'sleep 4712')).to.deep.equal([]);
    });

    it('a shell in the container ends what is marked and nothing else', async () => {
      docker('exec', '-d', '-e', `${TOKEN_VARIABLE}=exec/h1-this/`, container, 'sleep', '4713');
      docker('exec', '-d', '-e', `X=a\nb`, '-e', `${TOKEN_VARIABLE}=exec/h1-this/`, container, 'sleep', '4713');
      docker('exec', '-d', '-e', `${TOKEN_VARIABLE}=exec/h1-other/`, container, 'sleep', '4714');
      await until('all run', async () => seen(container, 'sleep 471').length === 3);
      const transport = new EngineTransport({ socketPath: testSocket(), clock: systemClock });
      await killInside({ transport }, { containerId: container, token: 'exec/h1-this/' }, never);
      transport.close();
      await until('they end', async () => seen(container, 'sleep 4713').length === 0);
      expect(seen(container, 'sleep 4714')).to.have.length(1);
    });

    it('in a container that is gone or stopped: NotFound, Conflict', async () => {
      expect(await codeOf(engine.exec('h1none', ['true'], {}))).to.equal('NotFound');
      docker('container', 'create', '--name', `${STACK}-stopped`, BUSYBOX_IMAGE);
      const code = await codeOf(engine.exec(`${STACK}-stopped`, ['true'], {}));
      docker('container', 'rm', `${STACK}-stopped`);
      expect(code).to.equal('Conflict');
    });

    it('a container that dies meanwhile ends the command', async () => {
      createService('dying', ['--restart-condition', 'none'], ['sleep', '3600']);
      const id = (await running('dying')).containerId ?? '';
      const call = engine.exec(id, ['sleep', '4715'], { timeoutMs: 20_000 });
      await until('it runs', async () => seen(id, 'sleep 4715').length > 0);
      docker('kill', id);
      expect(await call).to.deep.include({ outcome: 'Exited', exitCode: 137 });
    });
  });

  describe('reads logs', () => {
    it('of all tasks, those that ended too, in the order of their time', async () => {
      const script = 'echo out; echo err >&2; echo last; sleep 1; exit 1';
      createService('talks', ['--restart-delay', '1s'], ['sh', '-c', script]);
      const { id } = await service('talks');
      await until(
        'two tasks ended',
        async () => (await tasks('talks')).filter(({ state }) => state === 'failed').length > 1,
      );
      const lines = await engine.serviceLogs(id, {});
      expect(new Set(lines.map(({ taskId }) => taskId)).size).to.be.greaterThan(1);
      expect(lines.map(({ at }) => at)).to.deep.equal(lines.map(({ at }) => at).toSorted((a, b) => a - b));
      expect(new Set(lines.map(({ text }) => text))).to.deep.equal(new Set(['out', 'err', 'last']));
      expect(await engine.serviceLogs(id, { tail: 2 })).to.have.length(2);
      await engine.removeService(id, never);
    });

    it('of a terminal, and lines of 40,000 characters in one piece', async () => {
      createService(
        'terminal',
        ['--tty'],
        ['sh', '-c', 'echo begin; head -c 40000 /dev/zero | tr "\\0" x; echo; sleep 3600'],
      );
      await running('terminal');
      const lines = await until('it talks', async () => {
        const found = await engine.serviceLogs((await service('terminal')).id, {});
        return found.length > 1 && found;
      });
      expect(lines.map(({ text }) => text.length)).to.deep.equal([5, 40_000]);
    });

    it('of a driver that keeps none: empty, and soon', async () => {
      createService('silent', ['--log-driver', 'none'], ['sh', '-c', 'echo x; sleep 3600']);
      await running('silent');
      expect(await engine.serviceLogs((await service('silent')).id, {})).to.deep.equal([]);
    });

    it('of a service without any container: empty', async () => {
      expect(await engine.serviceLogs((await service('nowhere')).id, {})).to.deep.equal([]);
    });
  });

  describe('over time', () => {
    it('tells what happens', async () => {
      const events: EngineEvent[] = [];
      const controller = new AbortController();
      const end = engine.events((event) => void events.push(event), controller.signal);
      const told = (type: string, action: string): boolean =>
        events.some((one) => one.type === type && one.action === action && one.service === `${STACK}_told`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      createService('told', ['--health-cmd', 'true', '--health-interval', '1s'], ['sleep', '3600']);
      await until('it is healthy', async () => told('container', 'health_status: healthy'));
      const { id } = await service('told');
      await engine.scale(id, 0, never);
      await until('its container dies', async () => told('container', 'die'));
      await engine.removeService(id, never);
      await until('it is removed', async () => told('service', 'remove'));
      controller.abort();
      await end;
      expect(told('service', 'create') && told('service', 'update') && told('container', 'start')).to.equal(true);
      expect(events.filter(({ action }) => action.startsWith('exec_'))).to.deep.equal([]);
      expect(
        events.find(({ type, service: name }) => type === 'container' && name === `${STACK}_told`)?.stack,
      ).to.equal(STACK);
    });

    it('holds few sockets after hundreds of calls', async () => {
      const before = openSockets();
      const container = (await running('tools')).containerId ?? '';
      await Promise.all(Array.from({ length: 300 }, () => engine.stack(STACK, never)));
      await Promise.all(Array.from({ length: 10 }, () => engine.exec(container, ['true'], {})));
      const { id } = await service('tools');
      await Promise.all(Array.from({ length: 10 }, () => engine.serviceLogs(id, { tail: 1 })));
      await until('sockets are closed', async () => openSockets() <= before + 3, 5);
      engine.close();
      await until('all sockets are closed', async () => openSockets() <= before, 5);
    });
  });
});
