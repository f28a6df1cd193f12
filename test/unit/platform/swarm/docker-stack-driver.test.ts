import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError, type ErrorCode } from '../../../../lib/errors.ts';
import type { CommandOptions, CommandResult, CommandRunner } from '../../../../lib/exec/command.ts';
import type { EngineService } from '../../../../lib/platform/swarm/engine/engine.ts';
import { DockerStackDriver } from '../../../../lib/platform/swarm/stack/docker-stack-driver.ts';
import type { StackPlan } from '../../../../lib/platform/swarm/stack/driver.ts';
import { FakeEngine } from '../../../fakes/fake-engine.ts';
import { removeRecipes } from '../../recipe/recipe-files.ts';
import { planOf, STACK } from './stack-plans.ts';

const SIGNAL = new AbortController().signal;

/** Ends children as told: each call takes the next answer, the last one for good. */
class FakeRunner implements CommandRunner {
  readonly calls: CommandOptions[] = [];
  readonly running: string[] = [];
  mostAtOnce = 0;
  /** Children that must run at once before any of them ends. */
  together = 1;
  readonly #met = Promise.withResolvers<void>();
  answers: (Partial<CommandResult> | Error)[] = [{}];

  async run(options: CommandOptions): Promise<CommandResult> {
    this.calls.push(options);
    this.running.push(options.argv.at(-1) ?? '');
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running.length);
    if (this.together > 1 && this.running.length >= this.together) this.#met.resolve();
    if (this.together > 1) await this.#met.promise;
    else await new Promise((resolve) => setImmediate(resolve));
    this.running.pop();
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (answer instanceof Error) throw answer;
    const said = answer?.stderr ?? '';
    const done = { exitCode: 0, stdout: '', stderr: said, all: said, truncated: false, durationMs: 1 };
    return { outcome: 'Exited', ...done, ...answer };
  }
}

/** What the CLI says, word for word, and what it must become. */
const FAILURES: [string, ErrorCode, string][] = [
  ['services.app Additional property foo is not allowed', 'InvalidInput', 'app Additional property foo'],
  ['services.app.deploy.replicas must be a integer', 'InvalidInput', 'deploy.replicas'],
  ['services.app.healthcheck.interval must be a string', 'InvalidInput', 'interval'],
  ['Configuration contains forbidden properties', 'InvalidInput', 'forbidden'],
  ['unsupported Compose file version: 2.4', 'InvalidInput', '2.4'],
  ['network "gone" is declared as external, but could not be found. You need to', 'NotFound', 'overlay gone'],
  ['service app: secret not found: st_key_v1', 'NotFound', 'st_key_v1'],
  ['service app: config not found: st_conf_v1', 'NotFound', 'st_conf_v1'],
  ['Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?', 'Unreachable', ''],
  ['error during connect: Get "http://…": EOF', 'Unreachable', ''],
  ['Error response from daemon: This node is not a swarm manager. Use', 'Unreachable', ''],
  ['Error response from daemon: network st_internal not found', 'Conflict', 'st_internal'],
  ['Error response from daemon: rpc error: code = Unknown desc = update out of sequence', 'Conflict', ''],
  ['permission denied while trying to connect to the Docker daemon socket', 'Misconfigured', 'socket'],
  ['failed to create service x: write /y: no space left on device', 'NoSpace', ''],
  ['invalid mount config for type "bind": bind source path does not exist: /srv/x', 'Misconfigured', '/srv/x'],
  ['something nobody ever saw', 'CommandFailed', 'nobody'],
  ['', 'CommandFailed', '1'],
];

describe('the docker stack driver', () => {
  let engine: FakeEngine;
  let runner: FakeRunner;
  let state: string;
  let driver: DockerStackDriver;

  beforeEach(async () => {
    engine = await new FakeEngine().open();
    runner = new FakeRunner();
    state = await mkdtemp(join(tmpdir(), 'ccci-driver-'));
    const place = { socketPath: '/run/d.sock', path: '/usr/bin', instanceId: 'i1', stateDirectory: state };
    driver = new DockerStackDriver({ engine, runner, ...place });
  });
  afterEach(async () => {
    await engine.close();
    await rm(state, { recursive: true });
    await removeRecipes();
  });

  async function caught(work: Promise<unknown>, code: ErrorCode): Promise<CcError> {
    const error: unknown = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(CcError).with.property('code', code);
    return error as CcError;
  }

  const plain = async (): Promise<StackPlan> => await planOf('services: {app: {image: x}}\n');

  it('gives the CLI the text and nothing of the env of app and controller', async () => {
    const plan = await planOf('services: {app: {image: x}}\n', { env: { DOCKER_HOST: 'tcp://h', LANG: '' } });
    await driver.apply(plan, SIGNAL);
    const [call] = runner.calls;
    expect(call?.argv.slice(-6)).to.deep.equal(['deploy', '--compose-file', '-', '--resolve-image', 'never', STACK]);
    expect(call?.argv).to.include('unix:///run/d.sock');
    expect(call?.env).to.have.all.keys('PATH', 'HOME', 'CCCI_TOKEN');
    expect(call?.env.HOME).to.satisfy((home: string) => home.startsWith(state));
    expect(call?.env.CCCI_TOKEN).to.match(/^i1\/child\/./);
    expect(call?.timeoutMs).to.be.greaterThan(0);
    expect(JSON.parse(call?.input ?? '').services.app.environment).to.deep.equal({ DOCKER_HOST: 'tcp://h', LANG: '' });
  });

  for (const [said, code, named] of FAILURES) {
    it(`says ${code} for ${JSON.stringify(said)}`, async () => {
      runner.answers = [{ exitCode: 1, stderr: `Creating service ${STACK}_app\n${said}\n` }];
      const error = await caught(driver.apply(await plain(), SIGNAL), code);
      expect(`${error.message} ${error.remedy}`).to.include(named);
      expect(error.message).not.to.include('Creating service');
    });
  }

  it('T41 names the key to bump when a config changed under its name', async () => {
    const plan = await planOf({
      'compose.yml': 'services: {app: {image: x}}\nconfigs: {c: {file: c, name: "${STACK_NAME}_c_${C_VERSION:-v1}"}}\n',
      c: 'new',
    });
    const said = `failed to update config ${STACK}_c_v1: Error response from daemon: rpc error: code = InvalidArgument desc = only updates to Labels are allowed`;
    runner.answers = [{ exitCode: 1, stderr: said }];
    const error = await caught(driver.apply(plan, SIGNAL), 'InvalidInput');
    expect(error.message).to.include(`${STACK}_c_v1`);
    expect(error.remedy).to.include('C_VERSION').and.to.include('abra.sh');
  });

  it('shows no value of a secret or of the env', async () => {
    const file = join(state, 'secret');
    await writeFile(file, 'hunter2hunter2\n');
    const env = { API_KEY: 'k-1234567890', DOMAIN: 'st.example.org' };
    const plan = await planOf('services: {app: {image: x}}\n', { env, secrets: { s: file } });
    runner.answers = [{ exitCode: 1, stderr: 'must be a string: hunter2hunter2 k-1234567890 st.example.org' }];
    const error = await caught(driver.apply(plan, SIGNAL), 'InvalidInput');
    expect(error.message)
      .to.include('st.example.org')
      .and.not.to.match(/hunter2|k-123/);
  });

  it('tells a time-out from an abort', async () => {
    runner.answers = [
      { outcome: 'TimedOut', exitCode: 143 },
      { outcome: 'Aborted', exitCode: 143 },
    ];
    await caught(driver.apply(await plain(), SIGNAL), 'DeadlineExceeded');
    await caught(driver.apply(await plain(), SIGNAL), 'Aborted');
  });

  it('does not begin after an abort', async () => {
    await caught(driver.apply(await plain(), AbortSignal.abort()), 'Aborted');
    expect(runner.calls).to.be.empty;
  });

  it('says what to install where there is no docker', async () => {
    runner.answers = [new CcError('NotFound', 'cannot run docker')];
    expect((await caught(driver.apply(await plain(), SIGNAL), 'NotFound')).remedy).to.include('docker');
  });

  it('deploys one stack once at a time, another beside it', async () => {
    const plan = await plain();
    await Promise.all([1, 2, 3].map(() => driver.apply(plan, SIGNAL)));
    expect([runner.calls.length, runner.mostAtOnce]).to.deep.equal([3, 1]);
    runner.together = 2;
    await Promise.all([plan, { ...plan, stack: 'other' }].map((one) => driver.apply(one, SIGNAL)));
    expect(runner.mostAtOnce).to.equal(2);
  });

  it('goes on after a deploy that failed', async () => {
    runner.answers = [{ exitCode: 1, stderr: 'x' }, {}];
    const plan = await plain();
    const both = await Promise.allSettled([driver.apply(plan, SIGNAL), driver.apply(plan, SIGNAL)]);
    expect(both.map(({ status }) => status)).to.deep.equal(['rejected', 'fulfilled']);
  });

  describe('check', () => {
    it('has the CLI read the text without an effect', async () => {
      runner.answers = [{ exitCode: 1, stderr: 'services.app Additional property foo is not allowed' }];
      await caught(driver.check(await plain(), SIGNAL), 'InvalidInput');
      expect(runner.calls[0]?.argv).to.include('config').and.not.to.include('deploy');
    });

    it('T93 gives the CLI each file as it is written, before the one that is made of them', async () => {
      const text = 'version: "3.8"\nservices: {app: {image: x, environment: ["A=$$5"], env_file: e, x-own: {a: 1}}}\n';
      const overlay = 'version: "3.8"\nservices: {app: {deploy: {replicas: 2}}}\n';
      const env = { COMPOSE_FILE: 'compose.yml:compose.o.yml' };
      const plan = await planOf({ 'compose.yml': text, 'compose.o.yml': overlay, e: 'B=1' }, { env });
      await driver.check(plan, SIGNAL);
      const given = runner.calls.map(({ input }) => JSON.parse(input ?? ''));
      expect(given).to.have.lengthOf(3);
      expect(given[0].services.app).to.deep.equal({ image: 'x', environment: ['A=$$5'], 'x-own': { a: 1 } });
      expect(given[1]).to.deep.equal({ version: '3.8', services: { app: { deploy: { replicas: 2 } } } });
      for (const { argv, env: own } of runner.calls) {
        expect(argv).to.include('config');
        expect(own).to.have.all.keys('PATH', 'HOME', 'CCCI_TOKEN');
      }
    });

    it('costs a child for each file and one for them all, and the deploy another', async () => {
      const plan = await plain();
      await driver.check(plan, SIGNAL);
      await driver.apply(plan, SIGNAL);
      const asked = runner.calls.map(({ argv }) => argv.find((word) => word === 'config' || word === 'deploy'));
      expect(asked).to.deep.equal(['config', 'config', 'deploy']);
    });

    it('T93 says what the CLI says, with file and line', async () => {
      runner.answers = [{ exitCode: 1, stderr: 'services.app.user must be a string' }];
      const error = await caught(
        driver.check(await planOf('services:\n  app:\n    image: x\n    user: u\n'), SIGNAL),
        'InvalidInput',
      );
      expect(error.message).to.include('compose.yml:4:').and.to.include('must be a string');
    });

    it('is content with a CLI that cannot', async () => {
      runner.answers = [{ exitCode: 1, stderr: "docker: 'stack config' is not a docker command." }];
      await driver.check(await plain(), SIGNAL);
    });

    it('refuses what swarm cannot', async () => {
      const plan = await planOf('services: {app: {image: x}}\nvolumes: {v: {external: true}}\n');
      await caught(driver.check(plan, SIGNAL), 'Unsupported');
    });

    for (const method of ['check', 'apply'] as const) {
      it(`refuses in ${method} a file that is missing or leads out by a link`, async () => {
        const plan = await planOf('services: {app: {image: x}}\nconfigs: {c: {file: c}}\n');
        await caught(driver[method](plan, SIGNAL), 'InvalidInput');
        await symlink('/etc/hostname', join(plan.revision.directory, 'c'));
        await caught(driver[method](plan, SIGNAL), 'InvalidInput');
        expect(runner.calls).to.be.empty;
      });

      it(`refuses in ${method} a mount of the recipe that is missing there or leads out of it`, async () => {
        const plan = await planOf('services: {app: {image: x, volumes: ["./conf/site:/etc/site:ro"]}}\n');
        const error = await caught(driver[method](plan, SIGNAL), 'InvalidInput');
        expect(error.message).to.contain('services.app.volumes').and.contain('conf/site');
        await symlink('/etc', join(plan.revision.directory, 'conf'));
        await caught(driver[method](plan, SIGNAL), 'InvalidInput');
        expect(runner.calls).to.be.empty;
      });
    }

    it('takes a mount of the recipe that is there, file or directory', async () => {
      runner.answers = [{ exitCode: 1, stderr: "docker: 'stack config' is not a docker command." }];
      const plan = await planOf({
        'compose.yml': 'services: {app: {image: x, volumes: ["./conf:/c", "./conf/site:/s", "/etc:/e"]}}\n',
        'conf/site': '',
      });
      await driver.check(plan, SIGNAL);
    });
  });

  it('makes a secret with the labels of stack and instance', async () => {
    const file = join(state, 'secret');
    await writeFile(file, 'value');
    const plan = await plain();
    await driver.createSecret(plan, { name: 's', versionedName: `${STACK}_s_v1`, version: 'v1', file }, SIGNAL);
    const [secret] = [...engine.secretMap.values()];
    expect(secret).to.deep.include({
      name: `${STACK}_s_v1`,
      labels: { 'com.docker.stack.namespace': STACK, 'cc-ci.instance': 'i1' },
    });
    const gone = { name: 's', versionedName: 'n', version: 'v1', file: join(state, 'gone') };
    await caught(driver.createSecret(plan, gone, SIGNAL), 'DataMissing');
  });

  it('removes the services of the stack and no others', async () => {
    engine.put(STACK, 'app', { image: 'x', replicas: 1, labels: {} });
    engine.put('other', 'app', { image: 'x', replicas: 1, labels: {} });
    await driver.remove({ domain: 'st.example.org' }, await engine.stack(STACK), SIGNAL);
    expect((await engine.services()).map(({ name }) => name)).to.deep.equal(['other_app']);
  });

  it('knows a revision by the commit on every service', () => {
    const service = (commit: string): EngineService =>
      ({ labels: { 'cc-ci.commit': commit } }) as unknown as EngineService;
    const isRevision = (...services: EngineService[]): boolean =>
      driver.isRevision({ services, revision: { commit: 'a' }, stack: STACK });
    expect(isRevision(service('a'), service('a'))).to.equal(true);
    expect(isRevision(service('a'), service('b'))).to.equal(false);
    expect(isRevision()).to.equal(false);
  });

  it('keeps nothing of an app', async () => {
    await driver.forget({ domain: 'st.example.org' });
    expect(await driver.leftovers()).to.deep.equal([]);
  });
});
