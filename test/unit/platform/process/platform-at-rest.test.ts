import { readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError } from '../../../../lib/errors.ts';
import type { CommandOptions, CommandResult } from '../../../../lib/exec/command.ts';
import { TOKEN_VARIABLE } from '../../../../lib/exec/command.ts';
import type { AppSpec, Platform } from '../../../../lib/platform/platform.ts';
import { ProcessPlatform } from '../../../../lib/platform/process/process-platform.ts';
import { readApplied } from '../../../../lib/platform/process/record.ts';
import { deployTo } from '../../../contract/platform/deploy-to.ts';
import { FakeLog } from '../../../fakes/fake-log.ts';
import { codeOf } from '../../../rig/code-of.ts';
import { PollingClock } from '../../../rig/driven.ts';

const APP = { domain: 'a.example' };
const NEVER = new AbortController().signal;
/** Nothing of it is ever started. */
const AT_REST = `
services:
  app:
    image: x/app:1
    user: somebody
    volumes: ["data:/data"]
    x-process: { command: [app], port: 8080, ports: { admin: 9000 }, environment: { URL: "{port:app.admin}", CCCI_TOKEN: recipe } }
    deploy: { replicas: 0 }
  db: { image: "x/db:1", x-process: { command: [db] }, deploy: { replicas: 0 } }
volumes: { data: {} }
`;

describe('the process platform with an app that is wanted zero times', () => {
  let root: string;
  let platform: Platform;
  let log: FakeLog;
  let asked: CommandOptions[];
  let answer: () => CommandResult;

  const make = (changes: object = {}): ProcessPlatform =>
    new ProcessPlatform({
      ...{ stateDirectory: join(root, 'state'), instanceId: `test-${root.slice(-6)}`, clock: new PollingClock(), log },
      ...{ supervisorCommand: ['/none'], hostPorts: { first: 21_000, last: 21_999 }, path: '/usr/bin:/bin' },
      runner: {
        run: async (options: CommandOptions) => {
          asked.push(options);
          return answer();
        },
      } as never,
      ...changes,
    });
  const spec = (changes: Partial<AppSpec> = {}): AppSpec => ({
    ...{ ...APP, recipe: 'notes', composeFiles: ['compose.yml'], env: {}, secrets: {} },
    ...changes,
  });
  const revision = (commit: string) => ({ commit, version: `1.0.0+${commit}`, directory: join(root, 'checkout') });
  const deploy = (commit = 'c1', on = platform) => deployTo(on, spec(), revision(commit));
  const observed = () => platform.observe(APP, NEVER);
  const home = (...names: string[]): string => join(root, 'state/apps', APP.domain, ...names);
  const applied = () => readApplied(home('platform.json'));
  const names = async (): Promise<string[]> => (await platform.volumes(APP, NEVER)).map(({ name }) => name);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-rest-'));
    await mkdir(join(root, 'checkout'));
    await mkdir(join(root, 'state'));
    await writeFile(join(root, 'checkout/compose.yml'), AT_REST);
    log = new FakeLog();
    asked = [];
    answer = () => ({ outcome: 'Exited', exitCode: 0, stdout: 'out', stderr: '' }) as CommandResult;
    platform = make();
  });
  afterEach(() => rm(root, { recursive: true }));

  it('is what was deployed: ports, volumes, services without tasks, keys without effect', async () => {
    expect(await observed()).to.deep.equal({ deployed: false, services: [], volumes: [], endpoints: [], ignored: [] });
    await deploy();
    const seen = await observed();
    expect(seen).to.deep.include({ deployed: true, commit: 'c1', version: '1.0.0+c1', ignored: ['app.user'] });
    expect(seen.services.map(({ name, tasks, update }) => [name, tasks, update])).to.deep.equal([
      ['app', [], 'None'],
      ['db', [], 'None'],
    ]);
    const [main, admin] = seen.endpoints;
    expect([main?.name, admin?.name, main?.port]).to.deep.equal(['', 'admin', Number(new URL(seen.url ?? '').port)]);
    expect(seen.volumes).to.deep.equal([{ name: 'data', path: home('volumes/data') }]);
    const record = await applied();
    expect(record).to.deep.include({ state: 'Deployed', volumes: ['data'], mounted: ['data'] });
    expect(record?.services[0]?.launch.environment).to.include({ URL: String(admin?.port) });
    expect(JSON.parse(readFileSync(home('ports.json'), 'utf8'))).to.deep.equal({
      ...{ app: main?.port, 'app.admin': admin?.port },
    });
  });

  it('deployed again is the same, another revision another one with the same ports', async () => {
    await deploy();
    const [first, { endpoints }] = [await applied(), await observed()];
    await deploy();
    expect(await applied()).to.deep.equal(first);
    await deploy('c2');
    expect((await applied())?.specId).to.not.equal(first?.specId);
    expect(await observed()).to.deep.include({ commit: 'c2', endpoints });
  });

  it('prepared, it is nothing yet; ports are had by the deploy', async () => {
    await platform.prepare(spec(), revision('c1'), NEVER);
    expect(await readdir(join(root, 'state'))).to.deep.equal([]);
  });

  it('I16 a secret whose value is gone is missing data, and nothing is made', async () => {
    const secrets = { key: join(root, 'none') };
    expect(await codeOf(deployTo(platform, spec({ secrets }), revision('c1')))).to.equal('DataMissing');
    expect(await readdir(join(root, 'state'))).to.deep.equal([]);
  });

  it('stops and starts; a second time is the same, and neither is possible without a deploy', async () => {
    expect(await codeOf(platform.startServices(APP, NEVER))).to.equal('NotFound');
    await platform.stopServices(APP, NEVER);
    expect(await applied()).to.equal(undefined);
    await deploy();
    const before = await applied();
    await platform.startServices(APP, NEVER);
    expect(await applied()).to.deep.equal(before);
    for (let time = 0; time < 2; time += 1) {
      await platform.stopServices(APP, NEVER);
      expect(await applied()).to.deep.equal({ ...before, state: 'Stopped' });
    }
    await platform.startServices(APP, NEVER);
    const started = await applied();
    expect({ ...started, specId: '' }).to.deep.equal({ ...before, specId: '' });
    expect(started?.specId).to.not.equal(before?.specId);
    await platform.stopServices(APP, NEVER);
    await deploy();
    expect((await applied())?.state).to.equal('Deployed');
    await platform.undeploy(APP, NEVER);
    await platform.stopServices(APP, NEVER);
    expect((await applied())?.state).to.equal('Undeployed');
    expect(await codeOf(platform.startServices(APP, NEVER))).to.equal('NotFound');
  });

  it('I16 T06 undeployed keeps volumes and ports, and starts over no lost one', async () => {
    await deploy();
    const { endpoints } = await observed();
    for (let time = 0; time < 2; time += 1) await platform.undeploy(APP, NEVER);
    expect(await observed()).to.deep.include({ deployed: false, services: [], endpoints: [] });
    expect(await names()).to.deep.equal(['data']);
    await deploy();
    expect((await observed()).endpoints).to.deep.equal(endpoints);
    renameSync(home('volumes/data'), join(root, 'away'));
    for (const work of [() => platform.startServices(APP, NEVER), () => deploy('c2')]) {
      expect(await codeOf(work())).to.equal('DataMissing');
    }
    expect((await applied())?.commit).to.equal('c1');
    renameSync(join(root, 'away'), home('volumes/data'));
    await platform.startServices(APP, NEVER);
  });

  it('I16 volumes are recorded as they are made for a restore, or as a restore says', async () => {
    const made = await platform.ensureVolumes(APP, ['data', 'old'], NEVER);
    expect(made.map(({ name }) => name)).to.deep.equal(['data', 'old']);
    expect(await applied()).to.deep.include({ state: 'Undeployed', volumes: ['data', 'old'] });
    rmSync(home('volumes/data'), { recursive: true });
    expect(await codeOf(deploy())).to.equal('DataMissing');
    await platform.recordVolumes(APP, ['old', 'b'], NEVER);
    expect((await applied())?.volumes).to.deep.equal(['b', 'old']);
    await deploy();
    expect((await applied())?.volumes).to.deep.equal(['b', 'data', 'old']);
    expect((await platform.ensureVolumes(APP, ['b'], NEVER)).map(({ name }) => name)).to.deep.equal([
      ...['b', 'data', 'old'],
    ]);
    expect((await applied())?.state).to.equal('Deployed');
  });

  it('T62 destroyed leaves nothing, and that is said; what is left of one that is not is named', async () => {
    expect(await platform.leftovers(APP, NEVER)).to.deep.equal([]);
    await deploy();
    const ports = (await observed()).endpoints.map(({ port }) => `port ${port}`);
    expect(await platform.leftovers(APP, NEVER)).to.deep.equal([
      ...[`directory ${home()}`, ...ports.toSorted(), 'volume data'],
      ...['file platform.json', 'file ports.json', 'file volumes'],
    ]);
    expect(await platform.apps(NEVER)).to.deep.equal([APP]);
    for (let time = 0; time < 2; time += 1) {
      await platform.destroy(APP, NEVER);
      expect([await platform.leftovers(APP, NEVER), await platform.apps(NEVER)]).to.deep.equal([[], []]);
      expect(await readdir(join(root, 'state/changes'))).to.deep.equal([]);
    }
    expect(log.take()).to.deep.equal(['info', 'info']);
  });

  it('a command runs in its surroundings, with a token of its own; a program that is absent is 127', async () => {
    const run = (service: string, changes: object = {}) =>
      platform.exec(APP, service, ['ls', '-l'], { signal: NEVER, ...changes });
    expect(await codeOf(run('app'))).to.equal('NotFound');
    await deploy();
    expect(await codeOf(run('other'))).to.equal('NotFound');
    expect(await run('app', { timeoutMs: 5 })).to.include({ exitCode: 0, stdout: 'out' });
    const [{ env, ...options } = { env: {} }] = asked;
    expect(options).to.deep.equal({ argv: ['ls', '-l'], cwd: join(root, 'checkout'), signal: NEVER, timeoutMs: 5 });
    expect(env).to.include({ HOME: home('services/app/home'), PATH: '/usr/bin:/bin' });
    expect((env as Record<string, string>)[TOKEN_VARIABLE]).to.match(/\/child\/exec\/a\.example\/app\//);
    answer = () => {
      throw new CcError('NotFound', 'none');
    };
    expect(await run('app')).to.include({ exitCode: 127, outcome: 'Exited', stdout: '' });
    answer = () => {
      throw new CcError('Unreachable', 'none');
    };
    expect(await codeOf(run('app'))).to.equal('Unreachable');
  });

  it('its logs are those of its services by name, each as far as is asked for; it uses no memory', async () => {
    await deploy();
    for (const [name, text] of [
      ['db', 'one\ntwo\n'],
      ['app', 'three\n'],
    ] as const) {
      await mkdir(home('services', name), { recursive: true });
      await writeFile(home('services', name, 'log'), text);
    }
    const lines = (options: object) =>
      Array.fromAsync(platform.logs(APP, { signal: NEVER, ...options }), ({ service, text }) => `${service} ${text}`);
    expect(await lines({})).to.deep.equal(['app three', 'db one', 'db two']);
    expect(await lines({ tail: 1 })).to.deep.equal(['app three', 'db two']);
    expect(await lines({ service: 'db' })).to.deep.equal(['db one', 'db two']);
    const usage = await platform.usage(APP, ['Memory', 'Disk'], NEVER);
    expect(usage.map(({ service, memoryGap }) => [service, memoryGap])).to.deep.equal([
      ['app', 'NotRunning'],
      ['db', 'NotRunning'],
    ]);
    await platform.undeploy(APP, NEVER);
    expect(await platform.usage(APP, ['Memory'], NEVER)).to.deep.equal([]);
  });

  it('gives services their own grace, or that of the platform, or what the compose format says', async () => {
    const graces = async (): Promise<(number | undefined)[]> =>
      (await applied())?.services.map(({ launch }) => launch.stopGraceMs) ?? [];
    await deploy();
    expect(await graces()).to.deep.equal([10_000, 10_000]);
    await writeFile(join(root, 'checkout/compose.yml'), AT_REST.replace('user: somebody', 'stop_grace_period: 3s'));
    await deploy('c2', make({ stopGraceMs: 500 }));
    expect(await graces()).to.deep.equal([3_000, 500]);
  });

  it('is told to who watches, and its identity is that of the instance', async () => {
    const { kind, engineId } = await platform.identity(NEVER);
    expect([kind, engineId]).to.deep.equal(['Process', `test-${root.slice(-6)}`]);
    const end = new AbortController();
    const seen: string[] = [];
    let told = (): void => {};
    const first = new Promise<void>((resolve) => {
      told = resolve;
    });
    const watching = platform.watch((domain) => {
      seen.push(domain);
      told();
    }, end.signal);
    await deploy();
    await first;
    end.abort();
    await watching;
    expect(new Set(seen)).to.deep.equal(new Set([APP.domain]));
  });
});
